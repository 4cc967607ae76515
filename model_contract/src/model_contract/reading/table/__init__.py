"""The table of a file: columns whose cells are parsed on demand."""
