package orm

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
)

// relation is a relationship of a mapper: how the rows of one table find those
// of another.
type relation struct {
	owner *mapper
	field field // of the owner's entity
	kind  relationKind
	goal  reflect.Type // the entity at the other end
	via   []string     // columns of the foreign key that is meant
	over  string       // the table between the two

	// What resolve finds.
	target *mapper
	// local and remote are equal where two rows belong together; with a table
	// between them, local is equal to its near columns and remote to its far ones.
	local, remote []*attr
	between       *schema.Table
	near, far     []*schema.Column
	key           *schema.ForeignKeyConstraint // along which it goes; of the table between, its near one

	rule *JoinRule // what it goes by instead of a foreign key; it is read only

	deletes, orphans bool // CascadeDelete and DeleteOrphans
	numbered         *numbered
	writeOnly        bool
	when             *when
	inverses         []*relation
	inverted         sync.Once
	stands           stands
	rows             atomic.Pointer[relatedRows] // of its own table
}

type relationKind uint8

const (
	hasMany relationKind = iota
	hasOne
	belongsTo
	manyToMany
)

func (k relationKind) toMany() bool { return k == hasMany || k == manyToMany }

func (k relationKind) String() string {
	return [...]string{"HasMany", "HasOne", "BelongsTo", "ManyToMany"}[k]
}

func (r *relation) problem(format string, args ...any) error {
	return r.owner.problem(r.field.name, format, args...)
}

// mark says of a relationship of an entity that was read that it is not loaded.
func (r *relation) mark(p mem.Pointer) { r.refOf(p).rel = r }

func (r *relation) refOf(p mem.Pointer) *ref {
	at := mem.Add(p, r.field.offset)
	if r.kind.toMany() {
		return &(*toMany)(at).ref
	}
	return &(*toOne)(at).ref
}

func (r *relation) manyAt(p mem.Pointer) *toMany { return (*toMany)(mem.Add(p, r.field.offset)) }

func (r *relation) oneAt(p mem.Pointer) *toOne { return (*toOne)(mem.Add(p, r.field.offset)) }

// put makes entities those of an entity, as the database has them. What the
// program gave it since the last flush stays.
func (r *relation) put(p mem.Pointer, found []mem.Pointer, loads uint32, partly bool) error {
	at := mem.Add(p, r.field.offset)
	if r.kind.toMany() {
		(*toMany)(at).put(found, ref{rel: r, at: loads, loaded: true, partly: partly})
		return nil
	}
	if (*toOne)(at).set != 0 {
		return nil
	}
	one := toOne{ref: ref{rel: r, at: loads, loaded: true}}
	if len(found) > 1 {
		return fmt.Errorf("orm: %s.%s: %d rows of %s belong to one of %s: make the foreign key unique, or the relationship a HasMany",
			r.owner.goType, r.field.name, len(found), r.target.table.FullName(), r.owner.table.FullName())
	}
	if len(found) == 1 {
		one.item, one.was = found[0], found[0]
	}
	*(*toOne)(at) = one
	return nil
}

func (m *toMany) put(found []mem.Pointer, r ref) {
	given, words := []mem.Pointer(nil), m.words()
	switch {
	case m.same():
	case m.loaded:
		return
	default:
		given = m.items
	}
	*m = toMany{items: found, ref: r}
	m.settle()
	for _, p := range given {
		m.keep(p)
	}
	if len(words) > 0 {
		m.told = &told{words: words}
	}
}

// resolveRelations resolves those that are not yet: what they go to may be
// declared later.
func (m *mapper) resolveRelations() error {
	var errs []error
	m.rule()
	for _, r := range m.relations {
		if r.local == nil {
			errs = append(errs, r.resolve())
		}
	}
	return errors.Join(errs...)
}

// resolve finds the table at the other end and the columns by which rows belong
// together.
func (r *relation) resolve() error {
	var err error
	if r.target, err = mapperOf(r.goal, []*Base{r.owner.base}); err != nil {
		if r.target, err = mapperOf(r.goal, nil); err != nil {
			return r.problem("is a relationship to %s, which %s", r.goal, strings.TrimPrefix(err.Error(), "orm: "+r.goal.String()+": "))
		}
	}
	if r.target.table == nil || r.owner.table == nil {
		return nil // which is an error of theirs
	}
	if r.rule != nil {
		return r.resolveRule()
	}
	switch r.kind {
	case belongsTo:
		return errors.Join(r.join(r.owner, r.target), r.resolveWhen())
	case manyToMany:
		return r.resolveBetween()
	}
	return errors.Join(r.join(r.target, r.owner), r.resolveWhen(), r.resolveNumber(), r.checkWriteOnly())
}

// join finds the one foreign key of child that references parent.
func (r *relation) join(child, parent *mapper) error {
	if r.isLoose(child.stored(), parent.stored()) {
		return r.joinLoose(child, parent)
	}
	fk, err := r.foreignKey(child.tables(), parent.tables(), r.via)
	if err != nil {
		return err
	}
	r.key = fk
	key, err := attrsOf(child, fk.Columns)
	if err == nil {
		var referenced []*attr
		if referenced, err = attrsOf(parent, fk.Referenced); err == nil {
			r.local, r.remote = referenced, key
			if r.kind == belongsTo {
				r.local, r.remote = key, referenced
			}
		}
	}
	if err != nil {
		return r.problem("%v", err)
	}
	return nil
}

func attrsOf(m *mapper, columns []*schema.Column) ([]*attr, error) {
	out := make([]*attr, len(columns))
	for i, c := range columns {
		if out[i] = m.attrOf(c); out[i] == nil {
			return nil, fmt.Errorf("goes by the column %s, which %s has no field for: add the field", c.FullName(), m.goType)
		}
	}
	return out, nil
}

// foreignKey finds the foreign key between two tables.
func (r *relation) foreignKey(from, to []*schema.Table, via []string) (*schema.ForeignKeyConstraint, error) {
	var found []*schema.ForeignKeyConstraint
	for _, t := range from {
		for _, fk := range t.ForeignKeys {
			if slices.Contains(to, fk.References) && !r.owner.joinsLevels(fk) && !r.target.joinsLevels(fk) && (via == nil || slices.Equal(via, namesOf(fk.Columns))) {
				found = append(found, fk)
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var all []string
		for _, fk := range found {
			all = append(all, "Via("+quoted(namesOf(fk.Columns))+")")
		}
		return nil, r.problem("is a relationship along a foreign key, of which %s has %d to %s: say which by one of %s",
			from[0].FullName(), len(found), to[0].FullName(), strings.Join(all, ", "))
	}
	return nil, r.problem("is a %s, and %s has no foreign key to %s that it could go along: add schema.ForeignKey to the column, or take another kind of relationship",
		r.kind, from[0].FullName(), to[0].FullName())
}

func namesOf(columns []*schema.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}

func (r *relation) resolveBetween() error {
	r.between = r.owner.base.Table(r.over)
	if r.between == nil {
		return r.problem("goes by the table %q, which is not declared: declare it, or mend the name", r.over)
	}
	near, err := r.foreignKey([]*schema.Table{r.between}, r.owner.tables(), r.via)
	if err != nil {
		return err
	}
	far, err := r.otherKey(near)
	if err != nil {
		return err
	}
	local, err := attrsOf(r.owner, near.Referenced)
	if err != nil {
		return r.problem("%v", err)
	}
	remote, err := attrsOf(r.target, far.Referenced)
	if err != nil {
		return r.problem("%v", err)
	}
	r.key = near
	r.near, r.far, r.local, r.remote = near.Columns, far.Columns, local, remote
	return nil
}

// otherKey finds the foreign key of the table between to the other end, which
// may be the same table.
func (r *relation) otherKey(near *schema.ForeignKeyConstraint) (*schema.ForeignKeyConstraint, error) {
	tables := r.target.tables()
	if !slices.Contains(tables, near.References) {
		return r.foreignKey([]*schema.Table{r.between}, tables, nil)
	}
	for _, fk := range r.between.ForeignKeys {
		if fk != near && slices.Contains(tables, fk.References) {
			return fk, nil
		}
	}
	return nil, r.problem("goes by the table %s, which needs a second foreign key to %s", r.between.FullName(), tables[0].FullName())
}

// refsOf are columns of a source.
func refsOf(attrs []*attr, from expr.Source) []expr.Expression {
	out := make([]expr.Expression, len(attrs))
	for i, a := range attrs {
		out[i] = a.column(from)
	}
	return out
}

// inverse returns the relationships of the other end that go back along the same
// foreign keys.
func (r *relation) inverse() []*relation {
	r.inverted.Do(func() {
		for _, o := range r.target.relations {
			if (o.target.is(r.owner) || r.owner.is(o.target)) && o.back(r) {
				r.inverses = append(r.inverses, o)
			}
		}
	})
	return r.inverses
}

func (r *relation) back(o *relation) bool {
	if r.kind == manyToMany || o.kind == manyToMany {
		return r.kind == o.kind && r.between == o.between && slices.Equal(r.near, o.far) && slices.Equal(r.far, o.near)
	}
	return r.rule == nil && o.rule == nil && r.key == o.key && (r.key != nil || r.backLoose(o)) && r.when.same(o.when) && (r.kind == belongsTo) != (o.kind == belongsTo)
}
