package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// CreateAll creates what of the metadata is not there: types, sequences, tables
// in the order of their foreign keys, indexes, comments. What is there stays as
// it is. All that this database can't hold, and sequences that are there with
// another increment, are refused before anything is created; and nothing is
// kept of a failure where the database can undo DDL.
func (e *Engine) CreateAll(ctx context.Context, m *schema.MetaData, opts ...DDLOption) error {
	return e.withPlan(ctx, m, opts, func(p *ddlPlan) error {
		p.check()
		p.addAll(m.At(schema.BeforeCreate))
		p.createEnums()
		p.createSequences()
		p.createTables()
		p.ownSequences()
		p.addAll(m.At(schema.AfterCreate))
		return errors.Join(p.errs...)
	})
}

// DropAll drops the metadata's tables that are there, in the reverse order of
// their foreign keys, and its sequences and types, with all that they hold.
func (e *Engine) DropAll(ctx context.Context, m *schema.MetaData, opts ...DDLOption) error {
	return e.withPlan(ctx, m, append(slices.Clone(opts), dropping), func(p *ddlPlan) error {
		p.addAll(m.At(schema.BeforeDrop))
		p.dropTables()
		p.dropSequences()
		p.dropEnums()
		p.addAll(m.At(schema.AfterDrop))
		return errors.Join(p.errs...)
	})
}

// ddlPlan collects the statements of a change before any is sent.
type ddlPlan struct {
	meta     *schema.MetaData
	options  ddlOptions
	dialect  dialect.Dialect
	server   *server
	existing *dialect.Existing
	carried  *dialect.SequenceTable // nil where the product has sequences
	service  *serviceLink
	steps    []ddlStep
	errs     []error
	refused  map[*schema.Table]bool // tables of which it is said already
}

// ddlStep is a statement, with values only for the sequence table.
type ddlStep struct {
	sql    string
	first  schema.Element // whose first text this is
	last   schema.Element // whose last text this is
	params []sqltype.Type
	args   []sqltype.Value
}

// planAttempts bounds how often a change is planned anew because others made a
// change meanwhile.
const planAttempts = 100

// withPlan plans a change and makes it. A failure after which other things are
// there than before may be due to somebody who creates or drops the same: the
// change is then planned anew, for what is left of it.
func (e *Engine) withPlan(ctx context.Context, m *schema.MetaData, opts []DDLOption, plan func(p *ddlPlan) error) error {
	if err := m.Resolve(); err != nil {
		return err
	}
	options, err := ddlOptionsOf(m, opts)
	if err != nil {
		return err
	}
	c, err := e.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	l := c.l
	existing, err := options.existing(ctx, l, m)
	if err != nil {
		return l.failed(ctx, err, "", reads)
	}
	for attempt := 1; ; attempt++ {
		p := &ddlPlan{meta: m, options: options, dialect: e.dialect, server: l.server, existing: existing, service: &e.service, refused: map[*schema.Table]bool{}}
		if !l.server.caps.Sequences {
			p.carried = e.dialect.SequenceTable(l.server.caps)
		}
		if err := plan(p); err != nil || len(p.steps) == 0 {
			return err
		}
		err := l.runDDL(ctx, p.steps)
		if err == nil || attempt == planAttempts {
			return err
		}
		now, failed := options.existing(ctx, l, m)
		if failed != nil || sameExisting(now, existing) {
			return err
		}
		existing = now
	}
}

func sameExisting(a, b *dialect.Existing) bool {
	return maps.Equal(a.Tables, b.Tables) && maps.Equal(a.Indexes, b.Indexes) && maps.Equal(a.Sequences, b.Sequences) && maps.Equal(a.Enums, b.Enums)
}

// runDDL runs the statements, in one transaction where the database can undo
// them.
func (l *link) runDDL(ctx context.Context, steps []ddlStep) error {
	if !l.server.caps.TransactionalDDL {
		return l.runSteps(ctx, steps)
	}
	t, err := l.begin(TxOptions{}, false)
	if err != nil {
		return err
	}
	if err := l.runSteps(ctx, steps); err != nil {
		t.Rollback(ctx)
		return err
	}
	return t.Commit(ctx)
}

func (l *link) runSteps(ctx context.Context, steps []ddlStep) error {
	l.unsure()
	var element schema.Element
	for _, s := range steps {
		c := &compile.Compiled{SQL: s.sql, Verb: expr.VerbText}
		if len(s.params) > 0 {
			c = l.server.text(s.sql, s.params)
		}
		if s.first != nil {
			element = s.first
			if err := l.engine.beforeDDL(ctx, element); err != nil {
				return err
			}
		}
		_, err := l.execCompiled(ctx, c, s.args)
		if err != nil || s.last != nil {
			l.engine.tellDDL(ctx, element, err)
			element = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *ddlPlan) fail(err error) {
	if err != nil {
		p.errs = append(p.errs, err)
	}
}

func (p *ddlPlan) add(e schema.Element) {
	texts, err := compile.Element(e, p.server.rules)
	p.fail(err)
	for i, sql := range texts {
		step := ddlStep{sql: sql}
		if i == 0 {
			step.first = e
		}
		if i == len(texts)-1 {
			step.last = e
		}
		p.steps = append(p.steps, step)
	}
}

// check refuses what this database can't hold, all of it at once.
func (p *ddlPlan) check() {
	check := p.server.rules.DDL.Check
	if check == nil {
		return
	}
	for _, t := range p.options.tables {
		if p.there(t) || t.Selected != nil {
			continue
		}
		if err := check(t); err != nil {
			p.fail(err)
			p.refused[t] = true
		}
	}
}

func (p *ddlPlan) createTables() {
	tables, cyclic := p.sorted()
	if p.server.rules.DDL.ForwardReferences {
		cyclic = nil
	}
	for _, t := range tables {
		if p.there(t) {
			p.finishTable(t)
			continue
		}
		if p.refused[t] {
			continue
		}
		p.addAll(t.At(schema.BeforeCreate))
		p.add(schema.CreateTable{Table: t, Without: ofTable(cyclic, t)})
		for _, ix := range t.Indexes {
			p.add(schema.CreateIndex{Index: ix})
		}
		p.comment(t)
		p.addAll(t.At(schema.AfterCreate))
	}
	for _, fk := range cyclic {
		if !p.there(fk.Table) {
			p.add(schema.AddForeignKey{ForeignKey: fk})
		}
	}
}

// finishTable adds indexes that an earlier run did not come to, where it could
// not be undone.
func (p *ddlPlan) finishTable(t *schema.Table) {
	if p.server.caps.TransactionalDDL {
		return
	}
	for _, ix := range t.Indexes {
		if !p.existing.Indexes[t.FullName()+"/"+ix.Name] {
			p.add(schema.CreateIndex{Index: ix})
		}
	}
}

func ofTable(keys []*schema.ForeignKeyConstraint, t *schema.Table) []*schema.ForeignKeyConstraint {
	var own []*schema.ForeignKeyConstraint
	for _, fk := range keys {
		if fk.Table == t {
			own = append(own, fk)
		}
	}
	return own
}

func (p *ddlPlan) comment(t *schema.Table) {
	if !p.server.rules.DDL.CommentOn {
		return
	}
	if t.Comment != "" {
		p.add(schema.SetComment{Table: t})
	}
	for _, c := range t.Columns() {
		if c.Comment != "" {
			p.add(schema.SetComment{Table: t, Column: c})
		}
	}
	if p.server.rules.DDL.CommentOnConstraint {
		p.commentConstraints(t)
	}
}

// enums are the columns of the enumeration types, one for each type.
func (p *ddlPlan) enums() []*schema.Column {
	var columns []*schema.Column
	seen := map[string]sqltype.Enum{}
	for _, t := range p.options.tables {
		for _, c := range t.Columns() {
			name, e, ok := p.enumOf(c)
			if !ok {
				continue
			}
			switch other, again := seen[name]; {
			case !again:
				seen[name] = e
				columns = append(columns, c)
			case !p.options.drop && !slices.Equal(other.Labels.All(), e.Labels.All()):
				p.fail(fmt.Errorf("engine: the type %s has other labels in column %s than in another column; use one type for both, or give it another name", name, c.FullName()))
			}
		}
	}
	return columns
}

// enumOf returns the enumeration type that the column needs, and its full name.
func (p *ddlPlan) enumOf(c *schema.Column) (string, sqltype.Enum, bool) {
	t, _ := p.server.rules.Resolve(c.Type)
	e, ok := p.server.rules.EnumType(t)
	if e.Schema != "" {
		return qualified(e.Schema, e.Name), e, ok
	}
	return qualified(c.Table.Schema, e.Name), e, ok
}

func qualified(schemaName, name string) string {
	if schemaName == "" {
		return name
	}
	return schemaName + "." + name
}

func (p *ddlPlan) enumExists(c *schema.Column) bool {
	if p.options.blind {
		return p.options.drop
	}
	name, _, _ := p.enumOf(c)
	return p.existing.Enums[name]
}

func (p *ddlPlan) createEnums() {
	for _, c := range p.enums() {
		if !p.enumExists(c) {
			p.add(schema.CreateEnum{Column: c})
		}
	}
}

func (p *ddlPlan) dropTables() {
	tables, cyclic := p.sorted()
	cyclic = slices.DeleteFunc(slices.Clone(cyclic), func(fk *schema.ForeignKeyConstraint) bool {
		return !p.there(fk.Table)
	})
	switch rules := &p.server.rules.DDL; {
	case len(cyclic) == 0:
	case rules.ForwardReferences:
		for _, sql := range rules.DropCycle {
			p.steps = append(p.steps, ddlStep{sql: sql})
		}
	default:
		for _, fk := range cyclic {
			p.add(schema.DropForeignKey{ForeignKey: fk})
		}
	}
	for _, t := range slices.Backward(tables) {
		if p.there(t) {
			p.addAll(t.At(schema.BeforeDrop))
			p.add(schema.DropTable{Table: t})
			p.addAll(t.At(schema.AfterDrop))
		}
	}
}

func (p *ddlPlan) dropEnums() {
	for _, c := range p.enums() {
		if p.enumExists(c) {
			p.add(schema.DropEnum{Column: c})
		}
	}
}
