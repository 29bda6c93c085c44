package people

import "habilis/internal/search"

// SearchKey is what the list looks into: [search.Key] of all that it finds people by.
func SearchKey(parts ...string) string { return search.Key(parts...) }
