package schema

import "maps"

// ColumnInfo keeps a text of the program's own with the column (Column.Info).
func ColumnInfo(key, value string) Option {
	return optionFunc(func(c *Column) { c.Info = with(c.Info, key, value) })
}

// Attachment is what another layer keeps with a column; it knows its own by
// their Go type.
type Attachment interface{ Attached() }

// Attach keeps something of another layer with the column (Column.Attachments).
func Attach(a Attachment) Option {
	return optionFunc(func(c *Column) { c.Attachments = append(c.Attachments[:len(c.Attachments):len(c.Attachments)], a) })
}

// TableInfo keeps a text of the program's own with the table (Table.Info).
func TableInfo(key, value string) TableItem {
	return itemFunc(func(t *Table) error {
		t.Info = with(t.Info, key, value)
		return nil
	})
}

// with returns a copy of the map with one entry more.
func with(m map[string]string, key, value string) map[string]string {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}

// Prefix writes constant text between CREATE and TABLE, for what a database has
// there and no option says.
func Prefix(text constant) TableItem {
	return itemFunc(func(t *Table) error {
		t.Prefixes = append(t.Prefixes, string(text))
		return nil
	})
}

// System says that the database has the column by itself, such as the rowid of
// SQLite. It is read like any other; no CREATE TABLE makes it, and no INSERT of
// an object sends it.
func System() Option {
	return optionFunc(func(c *Column) { c.System, c.Fetched, c.Zero = true, true, ZeroUnset })
}
