package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
)

// DDLOption changes what CreateAll and DropAll do.
type DDLOption func(o *ddlOptions)

// OnlyTables has CreateAll or DropAll look after these tables alone, their
// indexes, types and the sequences that fill their columns.
func OnlyTables(tables ...*schema.Table) DDLOption {
	return func(o *ddlOptions) { o.tables, o.some = tables, true }
}

// WithoutLooking has CreateAll create all, and DropAll drop all, without asking
// what is there: what is there already, or gone, is then the database's error.
func WithoutLooking() DDLOption { return func(o *ddlOptions) { o.blind = true } }

type ddlOptions struct {
	tables []*schema.Table
	some   bool // tables are not all of the metadata
	blind  bool
	drop   bool
}

func dropping(o *ddlOptions) { o.drop = true }

func ddlOptionsOf(m *schema.MetaData, opts []DDLOption) (ddlOptions, error) {
	o := ddlOptions{tables: m.Tables()}
	for _, f := range opts {
		f(&o)
	}
	for _, t := range o.tables {
		if t.MetaData() != m {
			return o, fmt.Errorf("engine: OnlyTables names the table %s, which belongs to another MetaData", t.FullName())
		}
	}
	return o, nil
}

// existing asks what is there, or says that nothing is known to be.
func (o *ddlOptions) existing(ctx context.Context, l *link, m *schema.MetaData) (*dialect.Existing, error) {
	if !o.blind {
		return l.existing(ctx, m)
	}
	e := &dialect.Existing{Tables: map[string]bool{}, Indexes: map[string]bool{}, Sequences: map[string]int64{}, Enums: map[string]bool{}}
	return e, nil
}

// there reports whether the table is there, or is taken to be.
func (p *ddlPlan) there(t *schema.Table) bool {
	if p.options.blind {
		return p.options.drop
	}
	return p.existing.Tables[t.FullName()]
}

// sequenceThere reports whether the sequence is there, or is taken to be, and
// its increment, which is taken to be want.
func (p *ddlPlan) sequenceThere(name string, want int64) (increment int64, there bool) {
	if p.options.blind {
		return want, p.options.drop
	}
	increment, there = p.existing.Sequences[name]
	return increment, there
}

// sorted are the tables in the order of their foreign keys, and the keys that
// close a cycle.
func (p *ddlPlan) sorted() ([]*schema.Table, []*schema.ForeignKeyConstraint) {
	tables, cyclic := p.meta.SortedTables()
	tables = slices.DeleteFunc(tables, func(t *schema.Table) bool { return t.Inlined() != nil })
	tables = selectedLast(tables, p.meta.Tables())
	if !p.options.some {
		return tables, cyclic
	}
	left := func(t *schema.Table) bool { return !slices.Contains(p.options.tables, t) }
	return slices.DeleteFunc(tables, left), slices.DeleteFunc(cyclic, func(fk *schema.ForeignKeyConstraint) bool { return left(fk.Table) })
}

// selectedLast puts what is made by queries behind the tables, in the order of
// its declaration: a query may read any table, and what was declared before.
func selectedLast(sorted, declared []*schema.Table) []*schema.Table {
	made := func(t *schema.Table) bool { return t.Selected != nil }
	stored := func(t *schema.Table) bool { return t.Selected == nil || t.Inlined() != nil }
	return append(slices.DeleteFunc(sorted, made), slices.DeleteFunc(slices.Clone(declared), stored)...)
}

func (p *ddlPlan) addAll(elements []schema.Element) {
	for _, e := range elements {
		p.add(e)
	}
}

// commentConstraints adds the comments of constraints.
func (p *ddlPlan) commentConstraints(t *schema.Table) {
	var list []schema.Constraint
	if pk := t.PrimaryKey; pk != nil && pk.Comment != "" {
		list = append(list, pk)
	}
	for _, u := range t.Uniques {
		if u.Comment != "" {
			list = append(list, u)
		}
	}
	for _, c := range t.Checks {
		if c.Comment != "" {
			list = append(list, c)
		}
	}
	for _, fk := range t.ForeignKeys {
		if fk.Comment != "" {
			list = append(list, fk)
		}
	}
	for _, c := range list {
		p.add(schema.SetComment{Table: t, Constraint: c})
	}
}

// ExecDDL runs elements of DDL in order. All of them are written before the
// first is sent, so that what the database does not have is refused before
// anything is changed. Several are one transaction where the database can undo
// DDL; a single one runs by itself.
func (e *Engine) ExecDDL(ctx context.Context, elements ...schema.Element) error {
	c, err := e.Conn(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.ExecDDL(ctx, elements...), c.Close())
}

// ExecDDL runs elements of DDL on the connection: see Engine.ExecDDL.
func (c *Conn) ExecDDL(ctx context.Context, elements ...schema.Element) error {
	if err := c.usable(); err != nil {
		return err
	}
	steps, err := c.l.ddlSteps(elements)
	switch {
	case err != nil:
		return err
	case len(steps) == 1:
		return c.l.runSteps(ctx, steps)
	}
	return c.l.runDDL(ctx, steps)
}

// ExecDDL runs elements of DDL within the transaction. Databases that commit
// with each statement of DDL refuse it.
func (t *Tx) ExecDDL(ctx context.Context, elements ...schema.Element) error {
	if err := t.usable(); err != nil {
		return err
	}
	if !t.l.server.caps.TransactionalDDL {
		return fmt.Errorf("engine: %s commits with each statement of DDL; run it outside of transactions, by Engine.ExecDDL", t.l.engine.dialect.Name())
	}
	steps, err := t.l.ddlSteps(elements)
	if err != nil {
		return err
	}
	return t.l.runSteps(ctx, steps)
}

func (l *link) ddlSteps(elements []schema.Element) ([]ddlStep, error) {
	p := &ddlPlan{server: l.server}
	p.addAll(elements)
	return p.steps, errors.Join(p.errs...)
}
