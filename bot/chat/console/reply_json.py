"""A reply as JSON-able data, for programs that read the console."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from bot.commands.kit.charts import DumbbellChart, WaterfallChart, WeekChart
from bot.commands.kit.reply import Reply

_KINDS: Final[Mapping[type, str]] = {
    WeekChart: "weeks",
    DumbbellChart: "dumbbells",
    WaterfallChart: "waterfall",
}


def reply_data(reply: Reply) -> Mapping[str, Any]:
    """Return a reply's fields by name; what is empty is left out.

    What only says how a table or a chart looks is left out. A table's rows
    are lists of texts, or of objects where a cell leads to a contribution.
    """
    data = asdict(reply)
    for table in data["tables"]:
        del table["right"], table["is_whole"]
    if reply.chart is not None:
        data["chart"] = {"kind": _KINDS[type(reply.chart)], **data["chart"]}
        data["chart"]["alt"] = reply.chart.alt
        data["chart"].pop("short_title", None)
    return {name: value for name, value in data.items() if value not in ("", (), None, False)}
