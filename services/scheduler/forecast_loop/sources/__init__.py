"""Where deliveries come from: a folder, or addresses on the web."""
