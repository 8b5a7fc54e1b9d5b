"""Tables, bar charts and safe text in characters of one width."""
