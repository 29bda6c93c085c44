package postgres

// ProvisionScript is what a superuser runs once, with psql, on a PostgreSQL
// that is not our own.
func ProvisionScript() string { return provisionSQL }
