package schema

// InSchemas returns the tables and sequences under other schemas, which name
// returns for those that they were declared with. It is for asking a database
// what of them exists: keys, indexes and expressions stay those of m.
func (m *MetaData) InSchemas(name func(declared string) string) *MetaData {
	r := &MetaData{Naming: m.Naming, Schema: name(m.Schema)}
	sequences := map[*Sequence]*Sequence{}
	sequence := func(s *Sequence) *Sequence {
		if s == nil {
			return nil
		}
		if sequences[s] == nil {
			c := *s
			c.Schema = name(s.Schema)
			sequences[s] = &c
		}
		return sequences[s]
	}
	for _, s := range m.Sequences() {
		r.sequences = append(r.sequences, sequence(s))
	}
	for _, t := range m.Tables() {
		c := *t
		c.Schema, c.meta, c.columns, c.byName = name(t.Schema), r, nil, map[string]*Column{}
		for _, col := range t.columns {
			moved := *col
			moved.Table, moved.Sequence = &c, sequence(col.Sequence)
			c.columns, c.byName[col.Name] = append(c.columns, &moved), &moved
		}
		r.tables = append(r.tables, &c)
	}
	return r
}
