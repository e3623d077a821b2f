package dialect

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Explainer is a dialect whose product tells how it would run a statement.
type Explainer interface {
	// Explain returns the words to put before a statement, which run it where
	// run says so, or an error that names what the product can't do.
	Explain(c Capabilities, run bool) (string, error)
	// Plan reads the rows that such a statement returns.
	Plan(rows iter.Seq2[sqltype.Row, error]) (*PlanNode, error)
}

// PlanNode is a step of a plan, in the words of the product.
type PlanNode struct {
	// Operation is what is done, such as "Seq Scan", "SEARCH" or "ref".
	Operation string
	// Table and Index are what is read; "" for steps that read neither. The
	// table is named as in the statement where the product says so.
	Table, Index string
	// Cost, in the product's unit, and Rows are estimates, -1 where it gives none.
	Cost, Rows float64
	// Actual is what was counted; nil where the statement was not run.
	Actual *PlanCounts
	// Details are all else that the product says, by its names.
	Details []PlanDetail
	// Children are the steps whose rows this one takes.
	Children []*PlanNode
}

// PlanCounts are what a step did when the statement was run.
type PlanCounts struct {
	Rows  float64 // of one loop, on average
	Loops float64
	Time  time.Duration // of one loop, on average; 0 where it was not measured
}

// PlanDetail is a fact of a step.
type PlanDetail struct{ Name, Value string }

// All gives the node and all below it, each before its children.
func (n *PlanNode) All() iter.Seq[*PlanNode] {
	return func(yield func(*PlanNode) bool) { n.walk(yield) }
}

func (n *PlanNode) walk(yield func(*PlanNode) bool) bool {
	if !yield(n) {
		return false
	}
	for _, c := range n.Children {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// String is the tree, a line for each step.
func (n *PlanNode) String() string {
	var b strings.Builder
	n.write(&b, "")
	return strings.TrimSuffix(b.String(), "\n")
}

func (n *PlanNode) write(b *strings.Builder, indent string) {
	b.WriteString(indent + n.Operation)
	if n.Table != "" {
		b.WriteString(" on " + n.Table)
	}
	if n.Index != "" {
		b.WriteString(" by " + n.Index)
	}
	if n.Rows >= 0 {
		fmt.Fprintf(b, ", %g rows", n.Rows)
	}
	if n.Cost >= 0 {
		fmt.Fprintf(b, ", cost %g", n.Cost)
	}
	if a := n.Actual; a != nil {
		fmt.Fprintf(b, ", actually %g rows in %g loops", a.Rows, a.Loops)
	}
	b.WriteString("\n")
	for _, c := range n.Children {
		c.write(b, indent+"  ")
	}
}
