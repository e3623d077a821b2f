package sqlite

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// The table options.
const (
	optionAutoincrement = "sqlite.autoincrement"
	optionStrict        = "sqlite.strict"
	optionWithoutRowID  = "sqlite.without_rowid"
)

func ddlRules() compile.DDLRules {
	return compile.DDLRules{
		Column:            column,
		Computed:          compile.ComputedRules{Words: "GENERATED ALWAYS AS", Stored: " STORED", Virtual: " VIRTUAL"},
		PrimaryKeyInline:  func(t *schema.Table) bool { return rowIDColumn(t) != nil },
		TableOptions:      tableOptions,
		ForwardReferences: true,
		// DROP TABLE deletes the rows first. Deferred, what they leave behind is
		// looked at when the whole cycle is gone; COMMIT and ROLLBACK end it.
		// https://www.sqlite.org/pragma.html#pragma_defer_foreign_keys
		DropCycle:       []string{"PRAGMA defer_foreign_keys = on"},
		BareReferences:  true,
		Deferrable:      true,
		IfNotExists:     compile.ObjectTable | compile.ObjectIndex | compile.ObjectView,
		IfExists:        compile.ObjectTable | compile.ObjectIndex | compile.ObjectView,
		PartialIndex:    true,
		ExpressionIndex: true,
		Temporary:       "TEMPORARY",
		Selected:        compile.SelectedRules{Temporary: true},
		KeyWords:        keyWords,
		Index:           indexWords,
		Check:           check,
		After:           after,
	}
}

func option(t *schema.Table, key string) bool {
	on, err := strconv.ParseBool(t.Options[key])
	return err == nil && on
}

func column(d *compile.DDL, col *schema.Column) {
	t := col.Table
	if rowIDColumn(t) == col {
		d.Text("INTEGER PRIMARY KEY" + keyConflict(col))
		if option(t, optionAutoincrement) || native(col) {
			d.Text(" AUTOINCREMENT")
		}
		endCheck(d, col)
		return
	}
	switch {
	case option(t, optionStrict):
		text, err := strictName(col.Type)
		if err != nil {
			d.Fail(fmt.Errorf("column %s: %w", col.FullName(), err))
		}
		d.Text(text)
	case isPlainKey(col):
		d.Text("INT")
	default:
		d.ColumnType(col)
	}
	d.Default(col)
	d.NotNull(col)
	if !col.Nullable {
		d.Text(conflictClause(col.Options, optionConflictNotNull))
	}
}

// endCheck ends a generated key where its type does: SQLite's integers all have
// 64 bits.
func endCheck(d *compile.DDL, col *schema.Column) {
	_, high := (&schema.SequenceOptions{}).Limits(col.Type)
	if high == math.MaxInt64 {
		return
	}
	d.Text(" CONSTRAINT ")
	d.Identifier(col.EndCheckName())
	d.Text(" CHECK (")
	d.Identifier(col.Name)
	d.Text(" <= " + strconv.FormatInt(high, 10) + ")")
}

// isPlainKey reports whether the type INTEGER would make the column a rowid,
// which is filled where an INSERT leaves it out, though nothing generates it.
func isPlainKey(col *schema.Column) bool {
	t, _ := sqltype.Resolve(col.Type, name)
	if _, named := t.(sqltype.Named); named && option(col.Table, optionWithoutRowID) {
		return false // there is no rowid, and the program has said how the type is called
	}
	text, err := castName(t)
	pk := col.Table.PrimaryKey
	return err == nil && strings.EqualFold(text, "INTEGER") && pk != nil && len(pk.Columns) == 1 && pk.Columns[0] == col
}

func tableOptions(d *compile.DDL, t *schema.Table) {
	var options []string
	if option(t, optionStrict) {
		options = append(options, "STRICT")
	}
	if option(t, optionWithoutRowID) {
		options = append(options, "WITHOUT ROWID")
	}
	if len(options) > 0 {
		d.Text(" " + strings.Join(options, ", "))
	}
}

func check(t *schema.Table) error {
	if err := checkOptions(t); err != nil {
		return err
	}
	for _, col := range t.Columns() {
		if err := knownColumnOptions.Check(optionPrefix, "column "+col.FullName(), col.Options); err != nil {
			return err
		}
		if err := checkGenerator(col); err != nil {
			return err
		}
	}
	return nil
}

func checkGenerator(col *schema.Column) error {
	switch s := col.OwnSequence(); {
	case col.Identity != nil && col.Identity.Always:
		return refuse(col, "an Identity that refuses explicit values (AlwaysIdentity)", "use NewIdentity")
	case col.Identity != nil && col.Identity.OnNull && !native(col):
		return refuse(col, "a table's sequence that replaces an explicit NULL (OnNull)", "leave OnNull out, or let the Identity ascend by 1")
	case col.DefaultSequence() != nil:
		return refuse(col, "DEFAULT from a sequence", "make the schema.NewSequence an option of the column instead")
	case s != nil && s.Owner() != nil && !(native(col) && s.Owner() == col):
		return refuse(col, "a sequence that is dropped with a column (OwnedBy)", "leave OwnedBy out; DropAll drops the sequence")
	}
	return nil
}

func refuse(col *schema.Column, construct, instead string) error {
	return fmt.Errorf("column %s: %w", col.FullName(), &compile.UnsupportedError{Construct: construct, Dialect: name, Instead: instead})
}

func checkOptions(t *schema.Table) error {
	for _, key := range slices.Sorted(maps.Keys(t.Options)) {
		switch key {
		case optionAutoincrement, optionStrict, optionWithoutRowID:
			if _, err := strconv.ParseBool(t.Options[key]); err != nil {
				return fmt.Errorf("sqlite: table %s: the option %s takes true or false", t.FullName(), key)
			}
		default:
			if strings.HasPrefix(key, "sqlite.") {
				return fmt.Errorf("sqlite: table %s has the option %q; known are %s, %s and %s",
					t.FullName(), key, optionAutoincrement, optionStrict, optionWithoutRowID)
			}
		}
	}
	key := rowIDColumn(t)
	switch {
	case option(t, optionWithoutRowID) && t.PrimaryKey == nil:
		return fmt.Errorf("sqlite: table %s is WITHOUT ROWID and has no primary key", t.FullName())
	case option(t, optionAutoincrement) && key == nil:
		return fmt.Errorf("sqlite: table %s has the option %s and no generated integer key", t.FullName(), optionAutoincrement)
	}
	return nil
}

// after sets where AUTOINCREMENT starts.
func after(t *schema.Table) ([]string, error) {
	col := rowIDColumn(t)
	if col == nil || !native(col) {
		return nil, nil
	}
	start := options(col).StartValue()
	if start == 1 {
		return nil, nil
	}
	table, err := literal(sqltype.TextValue(t.Name), sqltype.Text{})
	if err != nil {
		return nil, err
	}
	catalog := []byte("sqlite_sequence")
	if t.Schema != "" {
		if catalog, err = identifiers.Append(nil, t.Schema); err != nil {
			return nil, err
		}
		catalog = append(catalog, ".sqlite_sequence"...)
	}
	return []string{fmt.Sprintf("INSERT INTO %s(name, seq) VALUES (%s, %d)", catalog, table, start-1)}, nil
}
