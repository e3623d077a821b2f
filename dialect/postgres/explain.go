package postgres

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Explain implements dialect.Explainer.
func (postgres) Explain(_ dialect.Capabilities, run bool) (string, error) {
	if run {
		return "EXPLAIN (FORMAT JSON, ANALYZE)", nil
	}
	return "EXPLAIN (FORMAT JSON)", nil
}

// Plan implements dialect.Explainer
// (https://www.postgresql.org/docs/current/sql-explain.html).
func (postgres) Plan(rows iter.Seq2[sqltype.Row, error]) (*dialect.PlanNode, error) {
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		var plans []struct{ Plan planFields }
		if err := json.Unmarshal(row.Text(0), &plans); err != nil || len(plans) == 0 {
			return nil, fmt.Errorf("postgres: can't read the plan: %w", err)
		}
		return plans[0].Plan.node()
	}
	return nil, fmt.Errorf("postgres: the server gave no plan")
}

// planFields are a step by the names that the server gives.
type planFields map[string]json.RawMessage

// known are the fields that have a place of their own.
var known = []string{
	"Node Type", "Relation Name", "Alias", "Index Name", "Total Cost", "Plan Rows", "Actual Rows", "Actual Loops", "Actual Total Time", "Plans",
}

func (f planFields) node() (*dialect.PlanNode, error) {
	n := &dialect.PlanNode{Operation: f.text("Node Type"), Table: f.text("Alias"), Index: f.text("Index Name"), Cost: f.number("Total Cost"), Rows: f.number("Plan Rows")}
	if n.Table == "" {
		n.Table = f.text("Relation Name")
	}
	if rows := f.number("Actual Rows"); rows >= 0 {
		took := max(f.number("Actual Total Time"), 0)
		n.Actual = &dialect.PlanCounts{Rows: rows, Loops: f.number("Actual Loops"), Time: time.Duration(took * float64(time.Millisecond))}
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !slices.Contains(known, name) || name == "Relation Name" && n.Table != f.text(name) {
			n.Details = append(n.Details, dialect.PlanDetail{Name: name, Value: f.text(name)})
		}
	}
	var below []planFields
	if raw, ok := f["Plans"]; ok {
		if err := json.Unmarshal(raw, &below); err != nil {
			return nil, fmt.Errorf("postgres: can't read the plan: %w", err)
		}
	}
	for _, b := range below {
		child, err := b.node()
		if err != nil {
			return nil, err
		}
		n.Children = append(n.Children, child)
	}
	return n, nil
}

// text returns a field: of a string its text, of anything else the JSON.
func (f planFields) text(name string) string {
	var s string
	if json.Unmarshal(f[name], &s) == nil {
		return s
	}
	return string(f[name])
}

func (f planFields) number(name string) float64 {
	var n float64
	if raw, ok := f[name]; !ok || json.Unmarshal(raw, &n) != nil {
		return -1
	}
	return n
}
