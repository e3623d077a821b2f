package expr

import "slices"

// Prefix is text of one product within a statement that changes rows, for the
// products that are named; for all where none is.
type Prefix struct {
	Text     string
	Products []string
}

// AppendKey implements Node.
func (p Prefix) AppendKey(k *Key) {
	k.Tag(tagPrefix)
	k.String(p.Text)
	k.Int(len(p.Products))
	for _, name := range p.Products {
		k.String(name)
	}
}

// Prefixes are what Prefix and Hint have given a statement that changes rows.
type Prefixes struct {
	Words []Prefix // behind the verb
	Hints []Prefix // behind the table
}

func (p Prefixes) word(text constant, products []string) Prefixes {
	p.Words = append(slices.Clip(p.Words), Prefix{string(text), products})
	return p
}

func (p Prefixes) hint(text constant, products []string) Prefixes {
	p.Hints = append(slices.Clip(p.Hints), Prefix{string(text), products})
	return p
}

func (p Prefixes) appendKey(k *Key) {
	keyNodes(k, p.Words)
	keyNodes(k, p.Hints)
}

// Prefix writes text behind the word INSERT. It is text of the program; no other
// compiles. With products, by the names of their dialects, it is left out for
// all but these.
func (s *Insert) Prefix(text constant, products ...string) *Insert {
	return s.with(func(c *Insert) { c.prefixes = c.prefixes.word(text, products) })
}

// Prefix writes text behind the word UPDATE; see Insert.Prefix.
func (s *Update) Prefix(text constant, products ...string) *Update {
	return s.with(func(c *Update) { c.prefixes = c.prefixes.word(text, products) })
}

// Hint writes text behind the table of the UPDATE; see Insert.Prefix.
func (s *Update) Hint(text constant, products ...string) *Update {
	return s.with(func(c *Update) { c.prefixes = c.prefixes.hint(text, products) })
}

// Prefix writes text behind the word DELETE; see Insert.Prefix.
func (s *Delete) Prefix(text constant, products ...string) *Delete {
	return s.with(func(c *Delete) { c.prefixes = c.prefixes.word(text, products) })
}

// Hint writes text behind the table of the DELETE; see Insert.Prefix.
func (s *Delete) Hint(text constant, products ...string) *Delete {
	return s.with(func(c *Delete) { c.prefixes = c.prefixes.hint(text, products) })
}
