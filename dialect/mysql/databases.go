package mysql

import "github.com/alkahest-go/alkahest/dialect"

// https://mariadb.com/kb/en/create-database/, https://mariadb.com/kb/en/get_lock/
var databases = &dialect.Databases{
	Create: "CREATE DATABASE %s",
	Drop:   "DROP DATABASE IF EXISTS %s",
	List:   "SELECT schema_name FROM information_schema.schemata WHERE LOCATE(?, schema_name) = 1",
	Hold:   "SELECT GET_LOCK(?, 0) = 1",
	Free:   "SELECT RELEASE_LOCK(?)",
}
