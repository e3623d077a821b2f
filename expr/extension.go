package expr

import "slices"

// Place is a place of a SELECT at which a node of another package may stand.
type Place uint8

// The places.
const (
	BeforeColumns Place = iota // behind SELECT and DISTINCT
	BeforeFrom                 // behind the columns, as INTO
	BeforeGroupBy              // behind WHERE
	AtEnd                      // behind everything
)

// Extension is syntax that this package does not have, at a place of a SELECT.
type Extension struct {
	At   Place
	Node Node
}

// Extend writes a node at a place of the statement: syntax of one product, or of
// the program's own. The node writes itself, by compile.Renderer; it is part of
// the statement's key, and so has to put all that it consists of into AppendKey,
// behind TagExtension and a name of its own.
func (s *Select) Extend(at Place, n Node) *Select {
	return s.rarely(func(r *rareClauses) { r.Extensions = append(slices.Clip(r.Extensions), Extension{at, n}) })
}
