"""What `load_data` does with raw prices: reads the files, joins them, finds the markets."""
