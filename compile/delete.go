package compile

import "github.com/alkahest-go/alkahest/expr"

func (c *Compiler) delete(p expr.DeleteParts) {
	t := c.table(p.From)
	if t == nil {
		return
	}
	ch := &rowChange{
		Write: Write{Verb: expr.VerbDelete, Table: t, Returning: p.Returning}, prefixes: p.Prefixes,
		others: p.Using, style: c.rules.DML.DeleteOthers, where: p.Where, orderBy: p.OrderBy, limit: p.Limit,
	}
	if !c.plan(ch, c.rules.DML.DeleteReturnsOthers) {
		return
	}
	c.around(ch.Write, func() {
		c.statementWith(expr.VerbDelete, nil)
		c.Text("DELETE")
		c.prefixed(ch.prefixes.Words)
		c.Text(" FROM ")
		c.TableName(t)
		c.prefixed(ch.prefixes.Hints)
		defer c.enter(ch)()
		defer c.withoutItself(ch)()
		c.output(ch.Write)
		c.readOthers(ch, " USING ")
		c.rowsOf(ch)
		c.returning(ch.Write)
	})
}
