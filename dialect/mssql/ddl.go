package mssql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// optionTriggers is the table option that says that a table has triggers.
const optionTriggers = "mssql.triggers"

func hasTriggers(t *schema.Table) bool {
	on, err := strconv.ParseBool(t.Options[optionTriggers])
	return err == nil && on
}

func ddlRules() compile.DDLRules {
	return compile.DDLRules{
		Column:           column,
		Computed:         compile.ComputedRules{Words: "AS", Stored: " PERSISTED", Virtual: " ", Untyped: true, NotNullStored: true},
		IdentityOptions:  sequenceOptions,
		Sequences:        true,
		SequenceType:     true,
		CompleteSequence: compile.Complete,
		AlterForeignKey:  true,
		DropForeignKey:   "CONSTRAINT",
		NoRestrict:       true,
		PartialIndex:     true,
		DropIndexOn:      true,
		IndexInclude:     true,
		KeyWords:         keyWords,
		Index:            indexWords,
		Selected:         compile.SelectedRules{OrReplace: "CREATE OR ALTER VIEW ", Check: true, Into: true},
		Schemas:          true,
		IfExists: compile.ObjectTable | compile.ObjectIndex | compile.ObjectSequence | compile.ObjectSchema | compile.ObjectView |
			compile.ObjectConstraint,
		Guard:      guard,
		SetComment: setComment,
		Check:      check,
		After:      comments,
	}
}

// sequenceOptions spells a cache of one value as none
// (https://learn.microsoft.com/sql/t-sql/statements/create-sequence-transact-sql).
func sequenceOptions(d *compile.DDL, o *schema.SequenceOptions) {
	cached := *o
	alone := o.Cache != nil && *o.Cache == 1
	if alone {
		cached.Cache = nil
	}
	d.StandardSequenceOptions(&cached, "NO CYCLE")
	if alone {
		d.Text(" NO CACHE")
	}
}

// column says of each column whether it may be NULL: what it is without a word
// depends on the session
// (https://learn.microsoft.com/sql/t-sql/statements/set-ansi-null-dflt-on-transact-sql).
func column(d *compile.DDL, col *schema.Column) {
	d.ColumnType(col)
	switch seq := sequenceFor(col); {
	case isIdentity(col):
		identity(d, col)
	case seq != nil && col.ServerDefault == nil:
		d.Text(" DEFAULT (")
		nextValue(&d.Compiler, seq)
		d.Text(")")
	default:
		d.Default(col)
	}
	if col.Nullable && !inKey(col) {
		d.Text(" NULL")
		return
	}
	d.Text(" NOT NULL")
}

// inKey reports whether the column is of the primary key, which can't be NULL
// even where the model says so.
func inKey(col *schema.Column) bool {
	return col.Table.PrimaryKey != nil && slices.Contains(col.Table.PrimaryKey.Columns, col)
}

func identity(d *compile.DDL, col *schema.Column) {
	start, increment := int64(1), int64(1)
	if col.Identity != nil {
		start, increment = col.Identity.StartValue(), col.Identity.IncrementValue()
	}
	d.Text(" IDENTITY(" + strconv.FormatInt(start, 10) + "," + strconv.FormatInt(increment, 10) + ")")
}

func check(t *schema.Table) error {
	for key := range t.Options {
		if strings.HasPrefix(key, "mssql.") && key != optionTriggers {
			return fmt.Errorf("mssql: table %s has the option %q, which is not known", t.FullName(), key)
		}
	}
	if v, given := t.Options[optionTriggers]; given {
		if _, err := strconv.ParseBool(v); err != nil {
			return fmt.Errorf("mssql: table %s has the option %q, which must be true or false", t.FullName(), optionTriggers)
		}
	}
	if strings.HasPrefix(t.Name, "#") {
		return fmt.Errorf("mssql: the table name %q makes it a temporary table; give it another", t.Name)
	}
	identities := 0
	for _, col := range t.Columns() {
		if isIdentity(col) {
			if identities++; identities > 1 {
				return refuse(col, "a second identity in a table", "give it a schema.NewSequence")
			}
		}
		if err := checkIdentity(col); err != nil {
			return err
		}
	}
	if err := checkActions(t); err != nil {
		return err
	}
	return checkIndexed(t)
}

func checkIdentity(col *schema.Column) error {
	declared := col.Identity
	if declared == nil && !isIdentity(col) {
		return nil
	}
	base := sqltype.Base(col.Type)
	i, _ := schema.IntegerType(base)
	switch {
	case !whole(base):
		return refuse(col, "an identity of type "+col.Type.String(), "use an integer type")
	case i.Unsigned && i.Bits == 64:
		return refuse(col, "an identity of unsigned 64 bits", "use schema.BigInteger")
	case col.Nullable:
		return refuse(col, "an identity that may be NULL", "leave Nullable out")
	case declared != nil && declared.OnNull:
		return refuse(col, "an identity that replaces NULL", "leave OnNull out")
	case declared != nil && declared.Always && !carries(col):
		return refuse(col, "an identity with limits, a cycle or a cache that refuses explicit values", "leave these options or Always out")
	}
	return nil
}

// checkIndexed refuses keys and indexes over types without limit
// (https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql).
func checkIndexed(t *schema.Table) error {
	var cols []*schema.Column
	if t.PrimaryKey != nil {
		cols = append(cols, t.PrimaryKey.Columns...)
	}
	for _, u := range t.Uniques {
		cols = append(cols, u.Columns...)
	}
	for _, ix := range t.Indexes {
		if !ix.If.Holds(schema.Target{Dialect: name}) {
			continue
		}
		for _, term := range ix.Terms {
			if ref, ok := expr.Unwrap(term.X).(*expr.Column); ok && t.Column(ref.Name) != nil {
				cols = append(cols, t.Column(ref.Name))
			}
		}
	}
	for _, col := range cols {
		if t, _ := sqltype.Resolve(col.Type, name); unlimited(t) {
			return refuse(col, "a key or index over the type "+col.Type.String(), "use String with a length")
		}
	}
	return nil
}

// comments returns what attaches comments: they are properties of the table and
// its columns
// (https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-addextendedproperty-transact-sql).
func comments(t *schema.Table) ([]string, error) {
	var list []string
	add := func(comment string, column string) error {
		if comment == "" {
			return nil
		}
		sql, err := commentOn(t, "sp_addextendedproperty", comment, column)
		list = append(list, sql)
		return err
	}
	if err := add(t.Comment, ""); err != nil {
		return nil, err
	}
	for _, col := range t.Columns() {
		if err := add(col.Comment, col.Name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// declareSchema names the schema of tables that name none.
const declareSchema = "DECLARE @schema SYSNAME = SCHEMA_NAME(); "

// commentOn writes the call of a procedure that adds, changes or, where the
// comment is empty, drops a comment.
func commentOn(t *schema.Table, procedure, comment, column string) (string, error) {
	quoted := make([]string, 4)
	for i, s := range []string{comment, t.Schema, t.Name, column} {
		var err error
		if quoted[i], err = argument(s); err != nil {
			return "", err
		}
	}
	before := ""
	if t.Schema == "" {
		before, quoted[1] = declareSchema, "@schema"
	}
	if comment != "" {
		procedure += " N'MS_Description', " + quoted[0]
	} else {
		procedure += " N'MS_Description'"
	}
	sql := before + "EXECUTE sys." + procedure + ", N'SCHEMA', " + quoted[1] + ", N'TABLE', " + quoted[2]
	if column != "" {
		sql += ", N'COLUMN', " + quoted[3]
	}
	return sql, nil
}

// argument writes text as an argument of a procedure, which takes no
// expression.
func argument(s string) (string, error) {
	out, err := text(s, sqltype.Text{})
	if strings.HasPrefix(out, "(") {
		return "", unsupported("a comment with a backslash at the end of a line", "leave it out")
	}
	return out, err
}
