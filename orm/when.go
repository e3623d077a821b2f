package orm

import (
	"slices"
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// When has only those belong to an entity whose column has the value, which the
// flush writes too. The column is of T's table. With Via, the columns that
// reference the entity need no foreign key, so that they may speak of rows of
// several tables: the column says of which.
func (h HasMany[E, T]) When(column, value string) HasMany[E, T] {
	h.when = &when{column: column, value: value}
	return h
}

// When is HasMany.When.
func (h HasOne[E, T]) When(column, value string) HasOne[E, T] {
	h.when = &when{column: column, value: value}
	return h
}

// When has the entity belong to another only where its column has the value,
// which the flush writes too. The column is of E's table. With Via, the columns
// that reference the other need no foreign key, so that they may speak of rows of
// several tables, with a relationship for each.
func (h BelongsTo[E, T]) When(column, value string) BelongsTo[E, T] {
	h.when = &when{column: column, value: value}
	return h
}

// when is what a column of the referencing row has to be.
type when struct {
	column, value string

	attr *attr // that resolveWhen finds
	want sqltype.Value
}

// child is the mapper of the table that references the other.
func (r *relation) child() *mapper {
	if r.kind == belongsTo {
		return r.owner
	}
	return r.target
}

func (r *relation) resolveWhen() error {
	if r.when == nil || r.local == nil {
		return nil
	}
	w, m := *r.when, r.child()
	i := slices.IndexFunc(m.attrs, func(a *attr) bool { return a.col.Name == w.column })
	if i < 0 {
		return r.problem("has a When of %q, and %s has no such column: add the field, or mend the name", w.column, m.goType)
	}
	w.attr = m.attrs[i]
	switch w.attr.codec.Type.Kind() {
	case sqltype.KindText:
		w.want = sqltype.TextValue(w.value)
	case sqltype.KindInt64:
		n, err := strconv.ParseInt(w.value, 10, 64)
		if err != nil {
			return r.problem("has a When of %q, which is a number: give it one", w.column)
		}
		w.want = sqltype.Int64Value(n)
	default:
		return r.problem("has a When of %q, which is neither text nor a whole number: make it one of these", w.column)
	}
	r.when = &w
	return nil
}

// joinLoose makes a relationship go by columns that have no foreign key, as they
// speak of several tables.
func (r *relation) joinLoose(child, parent *mapper) error {
	referenced := parent.key
	if len(referenced) == 0 {
		return r.problem("goes to %s, which has no primary key: declare one", parent.stored().FullName())
	}
	key := make([]*attr, len(r.via))
	for i, name := range r.via {
		at := slices.IndexFunc(child.attrs, func(a *attr) bool { return a.col.Name == name })
		if at < 0 {
			return r.problem("goes Via %q, and %s has no such column: add the field, or mend the name", name, child.goType)
		}
		key[i] = child.attrs[at]
	}
	if !slices.EqualFunc(key, referenced, func(a, b *attr) bool { return a.codec.Type.Kind() == b.codec.Type.Kind() }) {
		return r.problem("goes Via %s, which can't have the primary key of %s: give it columns of the same number and types", quoted(r.via), parent.stored().FullName())
	}
	r.local, r.remote = referenced, key
	if r.kind == belongsTo {
		r.local, r.remote = key, referenced
	}
	return nil
}

// isLoose reports whether the columns of a When have no foreign key between the
// tables.
func (r *relation) isLoose(child, parent *schema.Table) bool {
	return r.when != nil && len(r.via) > 0 && !slices.ContainsFunc(child.ForeignKeys, func(fk *schema.ForeignKeyConstraint) bool {
		return fk.References == parent && slices.Equal(r.via, namesOf(fk.Columns))
	})
}

// same reports whether both ask for the same.
func (w *when) same(o *when) bool {
	if w == nil || o == nil {
		return w == o
	}
	return w.attr == o.attr && w.want.Equal(o.want)
}

// backLoose reports whether two relationships without a foreign key go along the
// same columns.
func (r *relation) backLoose(o *relation) bool {
	return r.local != nil && slices.Equal(r.local, o.remote) && slices.Equal(r.remote, o.local)
}

// onlyWhen is the condition of a When on the source of the referencing rows.
func (r *relation) onlyWhen(child expr.Source) []expr.Predicate {
	if r.when == nil {
		return nil
	}
	return []expr.Predicate{r.when.attr.compare(child, expr.OpEq, r.when.want)}
}

// onlyWhen is the condition of a When between the sources of the path.
func (p path) onlyWhen() []expr.Predicate {
	if p.rel.kind == belongsTo {
		return p.rel.onlyWhen(p.from)
	}
	return p.rel.onlyWhen(p.to)
}

// equal is that columns of a source have the values of an entity. A When is asked
// of whichever of the two references the other.
func (r *relation) equal(attrs []*attr, from expr.Source, values []expr.Expression, references bool, entity mem.Pointer) []expr.Predicate {
	out := equalEach(refsOf(attrs, from), values)
	switch {
	case !references:
		return append(out, r.onlyWhen(from)...)
	case !r.applies(entity):
		return []expr.Predicate{expr.NewPred(expr.FALSE)}
	}
	return out
}

// applies reports whether an entity of the referencing table is of the When.
func (r *relation) applies(p mem.Pointer) bool {
	if r.when == nil {
		return true
	}
	v, err := r.when.attr.encode(p)
	return err == nil && v.Equal(r.when.want)
}

// applied is applies for the row that the entity has in the database.
func (r *relation) applied(st *state) bool {
	if r.when == nil {
		return true
	}
	v, ok := (&change{st: st}).oldValue(r.when.attr.col)
	return ok && v.Equal(r.when.want)
}

// turned reports whether the program has set the columns of a BelongsTo itself.
func (r *relation) turned(st *state) bool {
	return st.differsIn(r.local) || r.when != nil && st.differsIn([]*attr{r.when.attr})
}

// mark gives the referencing row what the When asks for.
func (b *bond) mark() error {
	if b.parent == nil || b.rel.when == nil {
		return nil
	}
	return b.rel.when.attr.decodeValue(b.child, b.rel.when.want)
}

// leaveOthers takes an entity out of what it had by other relationships along the
// same columns: it references one row.
func (r *relating) leaveOthers(rel *relation, child *state, when uint64) {
	if rel.when == nil {
		return
	}
	key := rel.remote
	if rel.kind == belongsTo {
		key = rel.local
	}
	for _, other := range child.m.relations {
		if other.kind != belongsTo || other.rule != nil || other.when == nil || other.when.same(rel.when) || other.local[0] != key[0] {
			continue
		}
		for _, inv := range other.inverse() {
			r.leaveHolder(inv, child, nil, when)
		}
		if one := other.one(child); one.item != nil && one.set <= when {
			one.item, one.set = nil, max(one.set, unknownMoment)
			r.change(child)
		}
	}
}

// unordered are the tables whose rows reference others without a foreign key that
// would order the tables: their rows are sorted one by one.
func unordered(mappers []*mapper) []*schema.Table {
	var out []*schema.Table
	for _, m := range mappers {
		for _, r := range m.relations {
			if r.when != nil && r.key == nil && r.local != nil {
				out = append(out, r.child().tables()...)
			}
		}
	}
	return out
}
