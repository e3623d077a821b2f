// Package predicate is what ent generated of conditions.
package predicate
