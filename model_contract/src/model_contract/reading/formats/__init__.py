"""How names of columns, numbers and dates are written."""
