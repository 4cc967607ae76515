"""From a table and its reading to prices, without the rows that break a rule."""
