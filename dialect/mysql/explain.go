package mysql

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Explain implements dialect.Explainer. MySQL's EXPLAIN ANALYZE gives a tree of
// sentences, for people.
func (mysql) Explain(c dialect.Capabilities, run bool) (string, error) {
	switch {
	case !run:
		return "EXPLAIN FORMAT=JSON", nil
	case c.Product == mariaDB:
		return "ANALYZE FORMAT=JSON", nil
	}
	return "", &compile.UnsupportedError{Construct: "a plan with what was counted", Dialect: name, Instead: "ask for the plan alone"}
}

// Plan implements dialect.Explainer
// (https://mariadb.com/kb/en/explain-format-json/).
func (mysql) Plan(rows iter.Seq2[sqltype.Row, error]) (*dialect.PlanNode, error) {
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		var plan map[string]json.RawMessage
		if err := json.Unmarshal(row.Text(0), &plan); err != nil {
			return nil, fmt.Errorf("mysql: can't read the plan: %w", err)
		}
		root := planNode("query_block", planFields(plan["query_block"]))
		return root, nil
	}
	return nil, errors.New("mysql: the server gave no plan")
}

// fields are a step by the names that the server gives.
type fields map[string]json.RawMessage

// planFields reads an object; what is none has no fields.
func planFields(raw json.RawMessage) fields {
	var f fields
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return f
}

// known are the fields that have a place of their own.
var known = []string{
	"table_name", "access_type", "key", "rows", "rows_examined_per_scan", "cost", "cost_info", "r_rows", "r_loops", "r_total_time_ms", "r_table_time_ms",
}

func planNode(name string, f fields) *dialect.PlanNode {
	n := &dialect.PlanNode{
		Operation: name, Table: f.text("table_name"), Index: f.text("key"),
		Cost: f.number("cost"), Rows: max(f.number("rows"), f.number("rows_examined_per_scan")),
	}
	if access := f.text("access_type"); access != "" {
		n.Operation = access
	}
	for _, field := range []string{"query_cost", "prefix_cost"} { // MySQL's
		n.Cost = max(n.Cost, planFields(f["cost_info"]).number(field))
	}
	if loops := f.number("r_loops"); loops >= 0 {
		took := max(f.number("r_total_time_ms"), f.number("r_table_time_ms"), 0)
		n.Actual = &dialect.PlanCounts{Rows: f.number("r_rows"), Loops: loops, Time: time.Duration(took / max(loops, 1) * float64(time.Millisecond))}
	}
	for _, field := range slices.Sorted(maps.Keys(f)) {
		if !slices.Contains(known, field) {
			takeField(n, field, f[field])
		}
	}
	return n
}

// takeField puts an object, or a list of them, below the node, and all else
// beside it.
func takeField(n *dialect.PlanNode, name string, raw json.RawMessage) {
	if f := planFields(raw); f != nil {
		takeObject(n, name, f)
		return
	}
	var list []fields
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		n.Details = append(n.Details, dialect.PlanDetail{Name: name, Value: planText(raw)})
		return
	}
	group := &dialect.PlanNode{Operation: name, Cost: -1, Rows: -1}
	for _, f := range list {
		for _, field := range slices.Sorted(maps.Keys(f)) {
			takeField(group, field, f[field])
		}
	}
	n.Children = append(n.Children, group)
}

func takeObject(n *dialect.PlanNode, name string, f fields) {
	if name == "table" || f.nests() {
		n.Children = append(n.Children, planNode(name, f))
		return
	}
	for _, field := range slices.Sorted(maps.Keys(f)) {
		n.Details = append(n.Details, dialect.PlanDetail{Name: name + "." + field, Value: f.text(field)})
	}
}

// nests reports whether there is an object among the fields, or a list of them.
func (f fields) nests() bool {
	for _, raw := range f {
		if text := strings.TrimSpace(string(raw)); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") && strings.Contains(text, "{") {
			return true
		}
	}
	return false
}

func (f fields) text(name string) string { return planText(f[name]) }

// planText is the text of a string, and the JSON of anything else.
func planText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// number reads numbers, which MySQL writes as strings in places.
func (f fields) number(name string) float64 {
	raw, ok := f[name]
	if !ok {
		return -1
	}
	var n float64
	if json.Unmarshal([]byte(strings.Trim(string(raw), `"`)), &n) != nil {
		return -1
	}
	return n
}
