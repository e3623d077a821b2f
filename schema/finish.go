package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func typeFor[T any]() reflect.Type { return reflect.TypeFor[T]() }

func joinErrors(errs []error) error { return errors.Join(errs...) }

// finish turns what the columns' options said into constraints, and refuses
// what cannot be.
func (t *Table) finish() error {
	if strings.TrimSpace(t.Name) == "" {
		return errors.New("schema: a table has no name")
	}
	if len(t.columns) == 0 {
		return fmt.Errorf("schema: table %q has no columns", t.Name)
	}
	var errs []error
	var key []*Column
	for _, c := range t.columns {
		if err := t.finishColumn(c); err != nil {
			errs = append(errs, err)
		}
		if c.primaryKey {
			key = append(key, c)
		}
	}
	if t.PrimaryKey == nil && len(key) > 0 {
		t.PrimaryKey = &PrimaryKeyConstraint{Columns: key}
	}
	t.nameConstraints()
	errs = append(errs, t.checkKey()...)
	return joinErrors(errs)
}

func (t *Table) finishColumn(c *Column) error {
	errs := slices.Clip(c.errs)
	if err := c.finishVersion(); err != nil {
		errs = append(errs, err)
	}
	for _, name := range c.unique {
		t.Uniques = append(t.Uniques, &UniqueConstraint{Name: name, Columns: []*Column{c}})
	}
	for _, name := range c.index {
		t.Indexes = append(t.Indexes, &Index{Name: name, Table: t, Terms: []expr.Order{{X: c.Ref()}}})
	}
	t.Checks = append(t.Checks, c.checks...)
	if c.twoValued != nil {
		t.Checks = append(t.Checks, c.twoValuedCheck())
	}
	for _, f := range c.foreign {
		t.addForeign(c, f)
	}
	if s := c.DefaultSequence(); s != nil && c.Sequence == nil {
		c.Sequence = s
	}
	for _, s := range []*Sequence{c.Sequence, c.ClientSequence()} {
		if s != nil {
			if err := t.meta.addSequence(s); err != nil {
				errs = append(errs, err)
			}
		}
	}
	errs = append(errs, c.checkGenerators()...)
	for i, err := range errs {
		errs[i] = fmt.Errorf("schema: column %q: %w", c.FullName(), err)
	}
	return joinErrors(errs)
}

func (c *Column) checkGenerators() []error {
	var errs []error
	refuse := func(wrong bool, why string) {
		if wrong {
			errs = append(errs, errors.New(why))
		}
	}
	if c.Autoincrement == AutoincrementYes && !WholeType(c.Type) {
		errs = append(errs, fmt.Errorf("autoincrement needs an integer type, or a NUMERIC without digits after the point, not %s", c.Type))
	}
	refuse(c.Autoincrement == AutoincrementYes && !c.primaryKey,
		"says autoincrement and is not part of the primary key; give it a schema.NewIdentity or NewSequence")
	refuse(c.Identity != nil && (c.ServerDefault != nil || c.Default != nil), "has an Identity and a default; keep one")
	refuse(c.Identity != nil && c.Sequence != nil, "has an Identity and a Sequence; keep one")
	refuse(c.Identity != nil && c.Autoincrement == AutoincrementNo, "has an Identity and says that it does not autoincrement")
	refuse(c.Sequence != nil && c.ServerDefault != nil && c.DefaultSequence() != c.Sequence, "has a Sequence and a server default; keep one")
	refuse(c.Autoincrement == AutoincrementYes && c.ServerDefault != nil, "says autoincrement and has a server default; keep one")
	refuse(c.Sequence != nil && c.Default != nil, "has a Sequence and a client default; keep one")
	if err := c.checkComputed(); err != nil {
		errs = append(errs, err)
	}
	if err := c.checkOptions(); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// checkOptions refuses generators whose options don't fit the column, or
// themselves.
func (c *Column) checkOptions() error {
	if s := c.ClientSequence(); s != nil {
		return s.check()
	}
	for _, o := range []*SequenceOptions{optionsOf(c.Sequence), c.Identity.optionsOrNil()} {
		if o != nil {
			if err := o.check(c.Type); err != nil {
				return err
			}
		}
	}
	if c.Sequence != nil && c.Sequence.Type != nil {
		return c.Sequence.check()
	}
	return nil
}

func (t *Table) checkKey() []error {
	if t.PrimaryKey == nil {
		return nil
	}
	var generated []string
	for _, c := range t.PrimaryKey.Columns {
		if c.Autoincrement == AutoincrementYes {
			generated = append(generated, c.Name)
		}
	}
	if len(generated) > 1 {
		return []error{fmt.Errorf("schema: table %q: columns %s all say autoincrement; one may", t.FullName(), strings.Join(generated, ", "))}
	}
	return nil
}

func (t *Table) addForeign(c *Column, f foreignOption) {
	fk := &ForeignKeyConstraint{Table: t, Columns: []*Column{c}}
	for _, o := range f.opts {
		o(fk)
	}
	t.ForeignKeys = append(t.ForeignKeys, fk)
	if f.ref != nil {
		fk.References, fk.Referenced = f.ref.Table, []*Column{f.ref}
		fk.Name = fk.name()
		return
	}
	t.meta.later(func() error {
		i := strings.LastIndexByte(f.target, '.')
		if i < 0 {
			return fmt.Errorf("schema: column %q has a foreign key to %q; write it as \"table.column\"", c.FullName(), f.target)
		}
		return fk.resolve(f.target[:i], []string{f.target[i+1:]})
	})
}

// naturalCodec is the codec of a column that no Go type was given for.
func naturalCodec(t sqltype.Type) *sqltype.Codec {
	g := naturalType(t)
	if g == nil {
		return nil
	}
	c, err := sqltype.CodecFor(t, g)
	if err != nil {
		return nil
	}
	return c
}

func naturalType(t sqltype.Type) reflect.Type {
	if w, ok := t.(interface{ Natural() reflect.Type }); ok && w.Natural() != nil {
		return w.Natural()
	}
	if a, ok := t.(sqltype.Array); ok {
		if elem := naturalType(a.Elem); elem != nil {
			return reflect.SliceOf(elem)
		}
		return nil
	}
	return naturalTypes[t.Kind()]
}

// SortedTables returns the tables so that each comes after those that it
// references, and the foreign keys that close a cycle and have to be added
// once all tables are there. Among equals the order of declaration stays.
func (m *MetaData) SortedTables() (tables []*Table, cyclic []*ForeignKeyConstraint) {
	all := m.Tables()
	done := map[*Table]bool{}
	for len(tables) < len(all) {
		before := len(tables)
		for _, t := range all {
			if !done[t] && t.referencesOnly(done) {
				done[t] = true
				tables = append(tables, t)
			}
		}
		if len(tables) > before {
			continue
		}
		cyclic = append(cyclic, breakCycle(all, done, &tables)...)
	}
	for _, t := range all {
		for _, fk := range t.ForeignKeys {
			if fk.UseAlter && !slices.Contains(cyclic, fk) {
				cyclic = append(cyclic, fk)
			}
		}
	}
	return tables, cyclic
}

func (t *Table) referencesOnly(done map[*Table]bool) bool {
	return !slices.ContainsFunc(t.ForeignKeys, func(fk *ForeignKeyConstraint) bool {
		return fk.References != nil && !fk.UseAlter && fk.References != t && fk.References.meta == t.meta && !done[fk.References]
	})
}

// breakCycle takes the first table that is on a cycle and postpones its keys to
// tables that are not there yet. A table that merely references a cycle is left
// for later.
func breakCycle(all []*Table, done map[*Table]bool, tables *[]*Table) []*ForeignKeyConstraint {
	for _, t := range all {
		if done[t] || !t.reaches(t, map[*Table]bool{}, done) {
			continue
		}
		var cyclic []*ForeignKeyConstraint
		for _, fk := range t.ForeignKeys {
			if fk.References != nil && fk.References != t && !done[fk.References] {
				cyclic = append(cyclic, fk)
			}
		}
		done[t] = true
		*tables = append(*tables, t)
		return cyclic
	}
	return nil
}

func (t *Table) reaches(goal *Table, seen, done map[*Table]bool) bool {
	for _, fk := range t.ForeignKeys {
		r := fk.References
		if r == nil || r == t || done[r] || seen[r] && r != goal {
			continue
		}
		if r == goal {
			return true
		}
		seen[r] = true
		if r.reaches(goal, seen, done) {
			return true
		}
	}
	return false
}

// Cyclic reports whether the table references itself, directly or through
// others.
func (t *Table) Cyclic() bool {
	for _, fk := range t.ForeignKeys {
		if fk.References == t {
			return true
		}
	}
	return t.reaches(t, map[*Table]bool{}, map[*Table]bool{})
}
