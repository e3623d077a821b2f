package orm

import "github.com/alkahest-go/alkahest/internal/mem"

// OfType loads a relationship of those of a query's entities that are an S, which
// derives from B, by a statement of its own.
func OfType[B, S any](loader Loader[S]) Loader[B] { return ofType[B, S]{loader} }

type ofType[B, S any] struct{ of Loader[S] }

func (o ofType[B, S]) loads(*B) (*loadPlan, error) {
	p, err := o.of.loads(nil)
	if err == nil && p.how.eager() {
		err = p.rel.problem("is to be loaded of entities of one type among others, and not by a join: leave Joined or JSON out")
	}
	return p, err
}

// among are the entities that are ones of the mapper.
func (m *mapper) among(list []mem.Pointer) []mem.Pointer {
	if m.parent == nil {
		return list
	}
	for i, p := range list {
		if m.has(p) {
			continue
		}
		out := append([]mem.Pointer(nil), list[:i]...)
		for _, p := range list[i+1:] {
			if m.has(p) {
				out = append(out, p)
			}
		}
		return out
	}
	return list
}

// has reports whether an entity of the hierarchy is one of the mapper.
func (m *mapper) has(p mem.Pointer) bool {
	t := wholes.find(p)
	return t != nil && begins(t, m.goType)
}
