// Package row is what ent generated of the columns of rows.
package row
