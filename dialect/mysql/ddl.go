package mysql

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func (s server) ddlRules() compile.DDLRules {
	return compile.DDLRules{
		Column:          s.column,
		Computed:        compile.ComputedRules{Words: "GENERATED ALWAYS AS", Stored: " STORED", Virtual: " VIRTUAL", NotNullByCheck: s.maria()},
		InlineComments:  true,
		TableOptions:    s.tableOptions,
		IdentityOptions: sequenceOptions,
		Sequences:       s.Sequences,
		KeyOrder:        s.keyOrder,
		EnumInType:      true,
		AlterForeignKey: true,
		DropForeignKey:  "FOREIGN KEY",
		ExpressionIndex: s.since(dialect.Version{8, 0, 13}, dialect.Version{}),
		DropIndexOn:     true,
		DropPrimaryKey:  true,
		Schemas:         true,
		SchemaTakesAll:  true,
		Temporary:       "TEMPORARY",
		Index:           s.indexWords,
		Selected:        compile.SelectedRules{OrReplace: "CREATE OR REPLACE VIEW ", Check: true, CheckLocal: true},
		IfNotExists:     s.ifNotExists(),
		IfExists:        s.ifExists(),
		SetComment:      setComment,
		Check:           s.check,
	}
}

// sequenceOptions leaves NO MINVALUE and NO MAXVALUE out: they say the same as
// nothing, but for a descending sequence MariaDB takes them for the limits of
// an ascending one.
func sequenceOptions(d *compile.DDL, o *schema.SequenceOptions) {
	limited := *o
	limited.NoMin, limited.NoMax = false, false
	d.StandardSequenceOptions(&limited, "NOCYCLE")
}

// column writes a column. One with a sequence has no DEFAULT: see
// Capabilities.SequencesByName in Probe.
func (s server) column(d *compile.DDL, col *schema.Column) {
	d.ColumnType(col)
	auto := s.autoColumn(col.Table) == col
	if !auto {
		s.serverDefault(d, col)
	}
	d.NotNull(col)
	if auto {
		d.Text(" AUTO_INCREMENT")
	}
	s.onUpdate(d, col)
	d.ColumnComment(col)
}

// onUpdate writes that each UPDATE of the row sets the column to its time, with
// as many digits as the column has.
func (s server) onUpdate(d *compile.DDL, col *schema.Column) {
	word, given := s.option(col.Options, optionOnUpdate)
	if !given {
		return
	}
	t, ok := sqltype.Values(d.Type(col)).(sqltype.DateTime)
	if !strings.EqualFold(word, "CURRENT_TIMESTAMP") || !ok {
		d.Fail(fmt.Errorf("mysql: column %s: the option %s takes CURRENT_TIMESTAMP, on a DATETIME or TIMESTAMP", col.FullName(), optionOnUpdate))
		return
	}
	d.Text(" ON UPDATE CURRENT_TIMESTAMP(" + strconv.Itoa(t.Precision) + ")")
}

// serverDefault writes DEFAULT. Types without limit take a constant only as an
// expression (https://dev.mysql.com/doc/refman/8.4/en/data-type-defaults.html).
func (s server) serverDefault(d *compile.DDL, col *schema.Column) {
	switch expr.Unwrap(col.ServerDefault).(type) {
	case *expr.Bind:
	default:
		d.Default(col)
		return
	}
	if !unlimited(d.Type(col)) {
		d.Default(col)
		return
	}
	d.Text(" DEFAULT (")
	d.Expression(col.ServerDefault)
	d.Text(")")
}

// unlimited reports whether the type is stored outside the row, so that an
// index would need the length of a prefix.
func unlimited(t sqltype.Type) bool {
	switch t := sqltype.Values(t).(type) {
	case sqltype.Text, sqltype.JSON:
		return true
	case sqltype.LargeBinary:
		return t.Length == 0 || t.Length > maxVarbinary
	}
	return false
}

// Defaults of the table options, which take a plain word.
var tableOptionWords = []struct{ key, words, value string }{
	{"mysql.engine", "ENGINE=", "InnoDB"},
	{"mysql.charset", "DEFAULT CHARACTER SET ", "utf8mb4"},
	{"mysql.collate", "COLLATE ", ""},
	{"mysql.row_format", "ROW_FORMAT=", ""},
	{"mysql.key_block_size", "KEY_BLOCK_SIZE=", ""},
	{"mysql.stats_persistent", "STATS_PERSISTENT=", ""},
	{"mysql.max_rows", "MAX_ROWS=", ""},
	{"mysql.min_rows", "MIN_ROWS=", ""},
	{"mysql.avg_row_length", "AVG_ROW_LENGTH=", ""},
	{"mysql.checksum", "CHECKSUM=", ""},
	{"mysql.tablespace", "TABLESPACE ", ""},
}

func (s server) tableOptions(d *compile.DDL, t *schema.Table) {
	for _, o := range tableOptionWords {
		value, given := s.option(t.Options, o.key)
		if !given {
			value = o.value
		}
		if value != "" {
			d.Text(" " + o.words + value)
		}
	}
	if col := s.autoColumn(t); col != nil {
		if o := s.options(col); o != nil && o.StartValue() != 1 {
			d.Text(" AUTO_INCREMENT=" + strconv.FormatInt(o.StartValue(), 10))
		}
	}
	if t.Comment != "" {
		d.Text(" COMMENT=")
		d.String(t.Comment)
	}
}

func (s server) check(t *schema.Table) error {
	if err := s.checkOptions(t); err != nil {
		return err
	}
	if n := fileNameLength(t.Name); n > maxFileName {
		return fmt.Errorf("mysql: the table name %q takes %d bytes as the name of a file, and servers refuse more than %d; give it a shorter name", t.Name, n, maxFileName)
	}
	for _, col := range t.Columns() {
		if err := s.checkColumn(col); err != nil {
			return fmt.Errorf("column %s: %w", col.FullName(), err)
		}
	}
	if len(t.Checks) > 0 && !s.since(dialect.Version{8, 0, 16}, dialect.Version{10, 2, 1}) {
		return fmt.Errorf("table %s: %w", t.FullName(), s.unsupported("CHECK constraints", "update the server"))
	}
	for _, fk := range t.ForeignKeys {
		if fk.OnDelete == schema.SetDefault || fk.OnUpdate == schema.SetDefault {
			return fmt.Errorf("table %s: %w", t.FullName(), s.unsupported("SET DEFAULT as the action of a foreign key", "use SetNull or Restrict"))
		}
	}
	return s.checkIndexed(t)
}

// maxFileName leaves room for an extension within the 255 bytes of a file's
// name.
const maxFileName = 251

// shortInFileNames are letters that take three bytes in the name of a file.
var shortInFileNames = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00C0, Hi: 0x02AF, Stride: 1},
	{Lo: 0x0370, Hi: 0x058F, Stride: 1},
	{Lo: 0x1E00, Hi: 0x1FFF, Stride: 1},
	{Lo: 0x2160, Hi: 0x217F, Stride: 1},
	{Lo: 0x24B6, Hi: 0x24E9, Stride: 1},
	{Lo: 0xFF21, Hi: 0xFF5A, Stride: 1},
}}

// fileNameLength is how long a table's name is as the name of its files:
// letters of alphabets become @ and two characters, and what else is not a
// letter, a digit or _ of ASCII becomes @ and four hexadecimal digits (MySQL
// manual, 11.2.4).
func fileNameLength(name string) int {
	n := 0
	for _, r := range name {
		switch {
		case r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			n++
		case unicode.Is(shortInFileNames, r):
			n += 3
		default:
			n += 5
		}
	}
	return n
}

func (s server) checkOptions(t *schema.Table) error {
	for _, key := range slices.Sorted(maps.Keys(t.Options)) {
		if !strings.HasPrefix(key, optionPrefix) && !(s.maria() && strings.HasPrefix(key, mariaOptionPrefix)) {
			continue
		}
		known := false
		for _, o := range tableOptionWords {
			known = known || o.key == key || strings.HasPrefix(key, mariaOptionPrefix) && o.key == optionPrefix+key[len(mariaOptionPrefix):]
		}
		if !known {
			return fmt.Errorf("mysql: table %s has the option %q, which is not known", t.FullName(), key)
		}
		for _, r := range t.Options[key] {
			if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
				return fmt.Errorf("mysql: table %s: the option %s takes a word of letters, digits and _", t.FullName(), key)
			}
		}
	}
	return nil
}

func (s server) checkColumn(col *schema.Column) error {
	auto := s.autoColumn(col.Table) == col
	switch own := col.OwnSequence(); {
	case col.Identity != nil && col.Identity.Always:
		return s.unsupported("an Identity that refuses explicit values (AlwaysIdentity)", "use NewIdentity")
	case col.Identity != nil && col.Identity.OnNull && !auto:
		return s.unsupported("a sequence that replaces an explicit NULL (OnNull)", "leave OnNull out, or let the Identity ascend by 1")
	case col.DefaultSequence() != nil && s.Sequences:
		return s.unsupported("DEFAULT from a sequence, with which prepared INSERTs can end the server",
			"make the schema.NewSequence an option of the column instead")
	case col.DefaultSequence() != nil:
		return s.unsupported("DEFAULT from a sequence", "make the schema.NewSequence an option of the column instead")
	case own != nil && own.Owner() != nil && !(auto && own.Owner() == col):
		return s.unsupported("a sequence that is dropped with a column (OwnedBy)", "leave OwnedBy out; DropAll drops the sequence")
	}
	return nil
}

// checkIndexed refuses keys and indexes over columns without limit: the server
// asks for a prefix, which would make the key another.
func (s server) checkIndexed(t *schema.Table) error {
	var keys [][]*schema.Column
	if t.PrimaryKey != nil {
		keys = append(keys, t.PrimaryKey.Columns)
	}
	for _, u := range t.Uniques {
		keys = append(keys, u.Columns)
	}
	for _, fk := range t.ForeignKeys {
		keys = append(keys, fk.Columns)
	}
	for _, ix := range t.Indexes {
		if !ix.If.Holds(s.target()) {
			continue
		}
		keys = append(keys, slices.DeleteFunc(indexed(t, ix), func(c *schema.Column) bool { return s.prefixed(ix, c.Name) }))
	}
	for _, key := range keys {
		for _, col := range key {
			if unlimited(col.Type) {
				return fmt.Errorf("column %s: %w", col.FullName(), s.unsupported("a key or index over the type "+col.Type.String(), "use String with a length"))
			}
		}
	}
	return nil
}

func indexed(t *schema.Table, ix *schema.Index) []*schema.Column {
	var cols []*schema.Column
	for _, term := range ix.Terms {
		if ref, ok := expr.Unwrap(term.X).(*expr.Column); ok && t.Column(ref.Name) != nil {
			cols = append(cols, t.Column(ref.Name))
		}
	}
	return cols
}
