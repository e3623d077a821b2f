// Package migrate is what ent generated to make the tables.
package migrate
