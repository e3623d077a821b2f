// Package parent is what ent generated of the columns of parents.
package parent
