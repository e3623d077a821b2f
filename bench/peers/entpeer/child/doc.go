// Package child is what ent generated of the columns of children.
package child
