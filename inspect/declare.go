package inspect

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// declaration makes tables of what was read.
type declaration struct {
	meta      *schema.MetaData
	options   Options
	caps      dialect.Capabilities
	sequences map[string]map[string]Sequence // by schema and name
	used      map[string]bool                // sequences that fill a column, by full name
	listed    map[string]bool                // tables that are declared, by full name
}

// take reads the sequences of a schema, where columns are filled by sequences
// of which the database does not say so.
func (d *declaration) take(ctx context.Context, i *Inspector, schemaName string) error {
	d.sequences[schemaName] = map[string]Sequence{}
	if d.caps.Sequences && !d.caps.SequencesByName {
		return nil
	}
	list, err := i.Sequences(ctx, schemaName)
	for _, s := range list {
		d.sequences[schemaName][s.Name] = s
	}
	return err
}

func (d *declaration) declare(list []*Table) ([]*schema.Table, error) {
	d.used, d.listed = map[string]bool{}, map[string]bool{}
	for _, t := range list {
		d.listed[fullName(t)] = true
	}
	var declared []*schema.Table
	for _, t := range list {
		made, err := d.table(d.chosen(t))
		if err != nil {
			return declared, fmt.Errorf("inspect: table %q: %w", t.Name, err)
		}
		declared = append(declared, made)
	}
	return declared, nil
}

// aloneSequences adds the sequences that fill no column.
func (d *declaration) aloneSequences(ctx context.Context, i *Inspector, schemaName string) error {
	list, err := i.Sequences(ctx, schemaName)
	if err != nil {
		return err
	}
	for _, s := range list {
		if d.used[qualified(s.Schema, s.Name)] {
			continue
		}
		if err := d.meta.AddSequence(sequenceOf(&s)); err != nil {
			return err
		}
	}
	return nil
}

// chosen returns the table with the columns that the program wants.
func (d *declaration) chosen(read *Table) *Table {
	if d.options.Column == nil {
		return read
	}
	t := *read
	t.Columns = nil
	gone := map[string]bool{}
	for _, c := range read.Columns {
		if d.options.Column(read, &c) {
			t.Columns = append(t.Columns, c)
		} else {
			gone[c.Name] = true
		}
	}
	lacks := func(names []string) bool { return slices.ContainsFunc(names, func(n string) bool { return gone[n] }) }
	if t.PrimaryKey != nil && lacks(t.PrimaryKey.Columns) {
		t.PrimaryKey = nil
	}
	t.Uniques = without(t.Uniques, func(k Key) bool { return lacks(k.Columns) })
	t.ForeignKeys = without(t.ForeignKeys, func(fk ForeignKey) bool { return lacks(fk.Columns) })
	mentioned := func(sql string) bool {
		return slices.ContainsFunc(read.Columns, func(c Column) bool { return gone[c.Name] && mentions(sql, c.Name) })
	}
	t.Checks = without(t.Checks, func(c Check) bool { return mentioned(c.Condition) })
	t.Constraints = without(t.Constraints, func(c Constraint) bool { return mentioned(c.Definition) })
	t.Indexes = without(t.Indexes, func(ix Index) bool {
		return lacks(ix.Include) || mentioned(ix.Where) || slices.ContainsFunc(ix.Terms, func(o Term) bool { return gone[o.Column] || mentioned(o.Expression) })
	})
	return &t
}

func without[T any](list []T, drop func(v T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), drop)
}

func (d *declaration) table(t *Table) (*schema.Table, error) {
	items := []schema.TableItem{schema.InSchema(t.Schema), schema.TableComment(t.Comment)}
	for key, v := range t.Options {
		items = append(items, schema.TableOption(key, v))
	}
	if t.Temporary {
		items = append(items, schema.Temporary())
	}
	for i := range t.Columns {
		items = append(items, d.column(t, &t.Columns[i]))
	}
	items = append(items, d.constraints(t)...)
	switch t.Kind {
	case dialect.RelationView:
		items = append(items, schema.By(schema.View, expr.VerbatimSQL(t.Definition), schema.WithCheck(t.Check)))
	case dialect.RelationMaterializedView:
		items = append(items, schema.By(schema.MaterializedView, expr.VerbatimSQL(t.Definition)))
	}
	made, err := schema.NewTable(d.meta, t.Name, items...)
	if err != nil {
		return nil, err
	}
	for _, c := range t.Columns {
		made.Column(c.Name).Nullable = c.Nullable // also in a key, where the database lets it be
	}
	return made, made.AddItems(indexes(made, t)...)
}

func (d *declaration) column(t *Table, c *Column) schema.TableItem {
	opts := []schema.Option{schema.Comment(c.Comment), schema.NotNull()}
	if c.Nullable {
		opts[1] = schema.Nullable()
	}
	for key, v := range c.Options {
		opts = append(opts, schema.ColumnOption(key, v))
	}
	if c.FetchedOnUpdate {
		opts = append(opts, schema.FetchedOnUpdate())
	}
	return schema.NewColumn(c.Name, c.Type, append(opts, d.filled(t, c)...)...)
}

// filled are the options that say what fills a column.
func (d *declaration) filled(t *Table, c *Column) []schema.Option {
	inKey := t.PrimaryKey != nil && slices.Contains(t.PrimaryKey.Columns, c.Name)
	sequence := c.Sequence
	if s, named := d.sequences[t.Schema][t.Name+"_"+c.Name+"_seq"]; named && sequence == nil && c.Default == "" && schema.WholeType(c.Type) {
		sequence = &s
	}
	switch {
	case c.Computed != "":
		return []schema.Option{schema.ComputedAs(expr.VerbatimSQL(c.Computed), c.Storage)}
	case c.Identity != nil:
		return []schema.Option{identityOf(c)}
	case sequence != nil:
		d.used[qualified(sequence.Schema, sequence.Name)] = true
		return []schema.Option{sequenceOf(sequence)}
	case c.Generated && inKey:
		return []schema.Option{schema.Autoincrements(schema.AutoincrementYes)}
	case c.Generated:
		return []schema.Option{schema.NewIdentity()}
	}
	opts := []schema.Option{schema.Autoincrements(schema.AutoincrementNo)}
	if c.Default != "" {
		opts = append(opts, schema.ServerDefault(expr.VerbatimSQL(c.Default)))
	}
	return opts
}

func identityOf(c *Column) *schema.Identity {
	i := c.Identity
	opts := generatorOptions(c.Type, i.Start, i.Increment, i.Min, i.Max, i.Cache, i.Cycle)
	var identity []schema.IdentityOption
	for _, o := range opts {
		identity = append(identity, o)
	}
	if i.Always {
		return schema.AlwaysIdentity(identity...)
	}
	return schema.NewIdentity(identity...)
}

func sequenceOf(s *Sequence) *schema.Sequence {
	opts := []schema.SequenceOption{schema.InSchema(s.Schema)}
	for _, o := range generatorOptions(s.Type, s.Start, s.Increment, s.Min, s.Max, s.Cache, s.Cycle) {
		opts = append(opts, o)
	}
	if s.Type != nil {
		opts = append(opts, schema.OfType(s.Type))
	}
	if s.OwnerTable != "" {
		opts = append(opts, schema.OwnedBy(qualified(s.Schema, s.OwnerTable)+"."+s.OwnerColumn))
	}
	return schema.NewSequence(s.Name, opts...)
}

// generatorOptions leaves out what is so anyway.
func generatorOptions(t sqltype.Type, start, increment, low, high, cache int64, cycle bool) []schema.GeneratorOption {
	var opts []schema.GeneratorOption
	if increment != 1 {
		opts = append(opts, schema.Increment(increment))
	}
	usual := &schema.SequenceOptions{Increment: &increment}
	lowest, highest := usual.Limits(t)
	if low != lowest && (t != nil || low > -math.MaxInt64) {
		opts = append(opts, schema.Min(low))
	}
	if high != highest && (t != nil || high < math.MaxInt64-1) {
		opts = append(opts, schema.Max(high))
	}
	if usualStart := low; increment < 0 && start != high || increment > 0 && start != usualStart {
		opts = append(opts, schema.Start(start))
	}
	if cycle {
		opts = append(opts, schema.Cycle(true))
	}
	if cache > 0 {
		opts = append(opts, schema.Cache(cache))
	}
	return opts
}

func (d *declaration) constraints(t *Table) []schema.TableItem {
	var items []schema.TableItem
	if k := t.PrimaryKey; k != nil {
		items = append(items, schema.PrimaryKeyWith(schema.PrimaryKeyConstraint{
			Name: schema.FinalName(k.Name), Comment: k.Comment, Options: k.Options,
		}, k.Columns...))
	}
	for _, k := range t.Uniques {
		items = append(items, schema.UniqueWith(schema.UniqueConstraint{
			Name: schema.FinalName(k.Name), NullsNotDistinct: k.NullsNotDistinct, Deferrable: k.Deferrable, Deferred: k.Deferred,
			Comment: k.Comment, Options: k.Options,
		}, k.Columns...))
	}
	for _, c := range t.Checks {
		items = append(items, schema.CheckWith(schema.CheckConstraint{
			Name: schema.FinalName(c.Name), Condition: expr.VerbatimSQL(c.Condition), Comment: c.Comment,
		}))
	}
	for _, fk := range t.ForeignKeys {
		if target := qualified(fk.RefSchema, fk.RefTable); d.options.WithoutReferenced && !d.listed[target] && d.meta.Table(target) == nil {
			continue
		}
		items = append(items, schema.ForeignKeyOn(fk.Columns, qualified(fk.RefSchema, fk.RefTable), fk.RefColumns, func(k *schema.ForeignKeyConstraint) {
			k.Name, k.OnDelete, k.OnUpdate, k.Match = schema.FinalName(fk.Name), fk.OnDelete, fk.OnUpdate, fk.Match
			k.Deferrable, k.Deferred, k.Comment = fk.Deferrable, fk.Deferred, fk.Comment
		}))
	}
	for _, c := range t.Constraints {
		items = append(items, schema.Constrained(c.Constraint))
	}
	return items
}

// indexes are made once the table's columns can be spoken of.
func indexes(made *schema.Table, t *Table) []schema.TableItem {
	var items []schema.TableItem
	for _, ix := range t.Indexes {
		if ix.Implied {
			continue
		}
		def := schema.Index{
			Name: schema.FinalName(ix.Name), Unique: ix.Unique, Include: ix.Include, NullsNotDistinct: ix.NullsNotDistinct, Options: ix.Options,
		}
		if ix.Where != "" {
			def.Where = expr.VerbatimSQL(ix.Where)
		}
		for _, o := range ix.Terms {
			def.Terms = append(def.Terms, term(made, o))
		}
		items = append(items, schema.AddIndex(def))
	}
	return items
}

func term(made *schema.Table, t Term) expr.Order {
	var o expr.Order
	if t.Column != "" {
		o.X = made.Column(t.Column).Ref()
	} else {
		o.X = expr.VerbatimSQL(t.Expression)
	}
	o.Desc = t.Descending
	switch {
	case t.NullsFirst:
		o.Nulls = expr.NullsFirst
	case t.NullsLast:
		o.Nulls = expr.NullsLast
	}
	return o
}
