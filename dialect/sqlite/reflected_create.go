package sqlite

import "strings"

// createText is what CREATE TABLE says and no pragma tells.
type createText struct {
	columns       map[string]*columnText // by the folded name
	primary       keyText
	uniques       []keyText
	checks        []checkText
	foreign       []foreignText // in the order of the text
	autoincrement bool
	// unread is the first word that was not understood; "" where all was.
	unread string
}

type columnText struct{ collation, computed, conflictNotNull string }

type keyText struct {
	name, conflict string
	columns        []string
}

type checkText struct{ name, text string }

type foreignText struct {
	name                 string
	deferrable, deferred bool
}

// parseCreateTable reads the text that SQLite keeps of a table
// (https://www.sqlite.org/lang_createtable.html).
func parseCreateTable(sql string) *createText {
	c := &createText{columns: map[string]*columnText{}}
	r := &reader{sql: sql, list: tokens(sql)}
	for r.peek().kind != tokenEnd && !r.peek().sign("(") {
		r.next()
	}
	body, ok := r.inside()
	if !ok {
		c.unread = "its beginning"
		return c
	}
	for _, item := range items(body) {
		ir := &reader{sql: item, list: tokens(item)}
		if !beginsConstraint(ir.peek()) {
			c.column(ir)
			continue
		}
		for ir.peek().kind != tokenEnd { // commas between constraints may be left out
			if !c.constraint(ir) {
				c.fail(ir)
				break
			}
		}
	}
	return c
}

func (c *createText) fail(r *reader) {
	if c.unread == "" {
		c.unread = "the word " + r.peek().text
	}
}

func beginsConstraint(t token) bool {
	for _, word := range []string{"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"} {
		if t.is(word) {
			return true
		}
	}
	return false
}

// constraint reads one of the table.
func (c *createText) constraint(r *reader) bool {
	name := ""
	if r.take("CONSTRAINT") {
		name = r.next().text
	}
	switch {
	case r.take("PRIMARY", "KEY"):
		columns, ok := r.inside()
		c.autoincrement = c.autoincrement || strings.HasSuffix(strings.ToUpper(columns), " AUTOINCREMENT")
		c.primary = keyText{name: name, conflict: r.conflict()}
		return ok
	case r.take("UNIQUE"):
		columns, ok := r.inside()
		c.uniques = append(c.uniques, keyText{name: name, columns: firstWords(columns), conflict: r.conflict()})
		return ok
	case r.take("CHECK"):
		text, ok := r.inside()
		c.checks = append(c.checks, checkText{name, text})
		r.conflict()
		return ok
	case r.take("FOREIGN", "KEY"):
		if _, ok := r.inside(); !ok || !r.take("REFERENCES") {
			return false
		}
		c.foreign = append(c.foreign, r.references(name))
		return true
	}
	return name != "" && r.peek().kind == tokenEnd // a name of nothing is nothing
}

// column reads a column with its constraints.
func (c *createText) column(r *reader) {
	name := r.next().text
	col := &columnText{}
	c.columns[fold(name)] = col
	for !endsType(r.peek()) {
		if r.peek().sign("(") {
			r.inside()
		} else {
			r.next()
		}
	}
	given := ""
	for r.peek().kind != tokenEnd {
		if r.take("CONSTRAINT") {
			given = r.next().text
			continue
		}
		if !c.columnConstraint(r, col, name, given) {
			c.fail(r)
			return
		}
		given = ""
	}
}

func endsType(t token) bool {
	if t.kind == tokenEnd {
		return true
	}
	for _, word := range []string{"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS"} {
		if t.is(word) {
			return true
		}
	}
	return false
}

func (c *createText) columnConstraint(r *reader, col *columnText, column, given string) bool {
	switch {
	case r.take("PRIMARY", "KEY"):
		if !r.take("ASC") {
			r.take("DESC")
		}
		c.primary = keyText{name: given, conflict: r.conflict()}
		if r.take("AUTOINCREMENT") {
			c.autoincrement = true
		}
	case r.take("NOT", "NULL"):
		col.conflictNotNull = r.conflict()
	case r.take("NULL"):
		r.conflict()
	case r.take("UNIQUE"):
		c.uniques = append(c.uniques, keyText{name: given, columns: []string{column}, conflict: r.conflict()})
	case r.take("COLLATE"):
		col.collation = r.next().text
	case r.take("REFERENCES"):
		c.foreign = append(c.foreign, r.references(given))
	case r.take("DEFAULT"):
		return r.defaultValue()
	case r.take("CHECK"):
		text, ok := r.inside()
		c.checks = append(c.checks, checkText{given, text})
		r.conflict()
		return ok
	default:
		r.take("GENERATED", "ALWAYS")
		if !r.take("AS") {
			return false
		}
		text, ok := r.inside()
		col.computed = text
		if !r.take("STORED") {
			r.take("VIRTUAL")
		}
		return ok
	}
	return true
}

// defaultValue goes past the value, which a pragma tells.
func (r *reader) defaultValue() bool {
	if _, ok := r.inside(); ok {
		return true
	}
	for r.peek().sign("+") || r.peek().sign("-") {
		r.next()
	}
	literal := r.next()
	if strings.EqualFold(literal.text, "x") && r.peek().kind == tokenLiteral && r.peek().start == literal.end { // x'00'
		r.next()
	}
	for r.peek().sign(".") || r.peek().kind == tokenLiteral { // 1.5
		r.next()
	}
	if exponent := strings.ToLower(r.list[r.at-1].text); strings.HasSuffix(exponent, "e") && (r.peek().sign("+") || r.peek().sign("-")) { // 1e-5
		r.next()
		r.next()
	}
	return literal.kind != tokenEnd
}

func (r *reader) conflict() string {
	if !r.take("ON", "CONFLICT") {
		return ""
	}
	return strings.ToUpper(r.next().text)
}

// references reads what follows REFERENCES.
func (r *reader) references(name string) foreignText {
	f := foreignText{name: name}
	r.next()
	r.inside()
	for {
		switch {
		case r.take("ON", "DELETE"), r.take("ON", "UPDATE"):
			if !r.take("SET", "NULL") && !r.take("SET", "DEFAULT") && !r.take("NO", "ACTION") {
				r.next()
			}
		case r.take("MATCH"):
			r.next()
		case r.take("NOT", "DEFERRABLE"):
			if r.take("INITIALLY") {
				r.next()
			}
		case r.take("DEFERRABLE"):
			f.deferrable = true
			if r.take("INITIALLY") {
				f.deferred = r.next().is("DEFERRED")
			}
		default:
			return f
		}
	}
}

func firstWords(list string) []string {
	var names []string
	for _, item := range items(list) {
		if t := tokens(item); len(t) > 0 {
			names = append(names, t[0].text)
		}
	}
	return names
}

// indexText is what CREATE INDEX says and no pragma tells.
type indexText struct {
	terms []string
	where string
}

func parseCreateIndex(sql string) indexText {
	r := &reader{sql: sql, list: tokens(sql)}
	for r.peek().kind != tokenEnd && !r.peek().sign("(") {
		r.next()
	}
	body, _ := r.inside()
	x := indexText{terms: items(body)}
	for i, term := range x.terms {
		x.terms[i] = unwrapped(withoutDirection(term))
	}
	if r.take("WHERE") {
		x.where = strings.TrimSpace(sql[r.peek().start:])
	}
	return x
}

func withoutDirection(term string) string {
	list := tokens(term)
	if last := len(list) - 1; last > 0 && (list[last].is("ASC") || list[last].is("DESC")) {
		return strings.TrimSpace(term[:list[last].start])
	}
	return term
}

// unwrapped takes off the parentheses that hold all of an expression.
func unwrapped(text string) string {
	r := &reader{sql: text, list: tokens(text)}
	if inner, ok := r.inside(); ok && r.peek().kind == tokenEnd {
		return unwrapped(inner)
	}
	return text
}

// viewText returns the SELECT of CREATE VIEW.
func viewText(sql string) string {
	depth := 0
	for _, t := range tokens(sql) {
		switch {
		case t.sign("("):
			depth++
		case t.sign(")"):
			depth--
		case t.is("AS") && depth == 0:
			return strings.TrimSpace(sql[t.end:])
		}
	}
	return ""
}
