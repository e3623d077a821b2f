package sqlite

import (
	"iter"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Explain implements dialect.Explainer.
func (sqlite) Explain(_ dialect.Capabilities, run bool) (string, error) {
	if run {
		return "", &compile.UnsupportedError{Construct: "a plan with what was counted", Dialect: name, Instead: "ask for the plan alone"}
	}
	return "EXPLAIN QUERY PLAN", nil
}

// Plan implements dialect.Explainer. A row is a step, with its number, that of
// the step above it, and a sentence (https://www.sqlite.org/eqp.html).
func (sqlite) Plan(rows iter.Seq2[sqltype.Row, error]) (*dialect.PlanNode, error) {
	root := &dialect.PlanNode{Operation: "QUERY PLAN", Cost: -1, Rows: -1}
	byID := map[int64]*dialect.PlanNode{0: root}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		step := planStep(string(row.Text(3)))
		byID[row.Int64(0)] = step
		above := byID[row.Int64(1)]
		if above == nil {
			above = root
		}
		above.Children = append(above.Children, step)
	}
	return root, nil
}

// planStep reads a sentence such as "SEARCH t USING COVERING INDEX i (a=?)".
func planStep(text string) *dialect.PlanNode {
	n := &dialect.PlanNode{Operation: text, Cost: -1, Rows: -1}
	verb, rest, _ := strings.Cut(text, " ")
	if verb != "SCAN" && verb != "SEARCH" || rest == "CONSTANT ROW" {
		return n
	}
	n.Operation = verb
	table, using, found := strings.Cut(rest, " USING ")
	n.Table = table
	if !found {
		return n
	}
	how, condition, conditioned := strings.Cut(using, " (")
	if _, index, ok := strings.Cut(how, "INDEX "); ok {
		n.Index = index
	}
	n.Details = append(n.Details, dialect.PlanDetail{Name: "using", Value: how})
	if conditioned {
		n.Details = append(n.Details, dialect.PlanDetail{Name: "condition", Value: strings.TrimSuffix(condition, ")")})
	}
	return n
}
