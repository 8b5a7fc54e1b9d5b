"""The sample community of `credbot demo`: the same for everybody, made from one seed."""
