"""Takes deliveries: reads them, checks them against the store, then merges or holds them."""
