package engine

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// text returns a statement of the dialect's own, so that it is prepared once a
// connection. It counts as a write unless it is a SELECT.
func (s *server) text(sql string, params []sqltype.Type) *compile.Compiled {
	if c, ok := s.texts.Load(sql); ok {
		return c.(*compile.Compiled)
	}
	verb := expr.VerbUpdate
	if firstWord(sql) == "SELECT" {
		verb = expr.VerbSelect
	}
	c := &compile.Compiled{SQL: sql, Verb: verb, Params: params, Slots: make([]compile.Slot, len(params)), ReturnsRows: true}
	actual, _ := s.texts.LoadOrStore(sql, c)
	return actual.(*compile.Compiled)
}
