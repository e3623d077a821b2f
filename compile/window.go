package compile

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func (c *Compiler) over(x *expr.Over) {
	f, ok := expr.Unwrap(x.X).(*expr.Func)
	if !ok {
		c.Fail(fmt.Errorf("compile: OVER belongs to a function, not to a %T", expr.Unwrap(x.X)))
		return
	}
	c.call(f, true)
	c.Text(" OVER ")
	w := x.Window.Parts()
	if w.Base != "" && c.rules.Query.NamedWindows && len(w.PartitionBy)+len(w.OrderBy) == 0 && w.Frame == nil {
		c.Identifier(w.Base)
		return
	}
	c.Text("(")
	c.window(w)
	c.Text(")")
}

// windowClause writes WINDOW.
func (c *Compiler) windowClause(windows []expr.NamedWindow) {
	if len(windows) == 0 || !c.rules.Query.NamedWindows {
		return
	}
	c.Text(" WINDOW ")
	List(c, ", ", windows, func(w expr.NamedWindow) {
		c.Identifier(w.Name)
		c.Text(" AS (")
		c.window(w.Window.Parts())
		c.Text(")")
	})
}

// named returns a window with what its base says, where the product has no
// names for windows.
func (c *Compiler) named(w expr.WindowParts) (expr.WindowParts, string) {
	for range 100 { // a window may build on another
		if w.Base == "" {
			return w, ""
		}
		i := slices.IndexFunc(c.windows(), func(n expr.NamedWindow) bool { return n.Name == w.Base })
		if i < 0 {
			c.Fail(fmt.Errorf("compile: no window of the SELECT is called %q; name it by Select.Window", w.Base))
			return w, ""
		}
		if c.rules.Query.NamedWindows {
			return w, w.Base
		}
		base := c.windows()[i].Window.Parts()
		w.Base = base.Base
		w.PartitionBy = append(slices.Clip(base.PartitionBy), w.PartitionBy...)
		w.OrderBy = append(slices.Clip(base.OrderBy), w.OrderBy...)
		if w.Frame == nil {
			w.Frame = base.Frame
		}
	}
	c.Fail(fmt.Errorf("compile: the windows of the SELECT build on each other in a circle"))
	return w, ""
}

func (c *Compiler) windows() []expr.NamedWindow {
	if c.scope == nil {
		return nil
	}
	return c.scope.windows
}

func (c *Compiler) window(w expr.WindowParts) {
	w, base := c.named(w)
	sep := ""
	if base != "" {
		c.Identifier(base)
		sep = " "
	}
	if len(w.PartitionBy) > 0 {
		c.Text(sep + "PARTITION BY ")
		List(c, ", ", w.PartitionBy, c.Expression)
		sep = " "
	}
	if len(w.OrderBy) > 0 {
		c.Text(sep + "ORDER BY ")
		List(c, ", ", w.OrderBy, c.Order)
		sep = " "
	}
	if w.Frame != nil {
		c.Text(sep)
		c.frame(w.Frame)
	}
}

var (
	frameUnits = map[expr.FrameUnit]string{expr.RowsFrame: "ROWS", expr.RangeFrame: "RANGE", expr.GroupsFrame: "GROUPS"}
	exclusions = map[expr.Exclusion]string{expr.ExcludeCurrentRow: " EXCLUDE CURRENT ROW", expr.ExcludeGroup: " EXCLUDE GROUP", expr.ExcludeTies: " EXCLUDE TIES"}
)

func (c *Compiler) frame(f *expr.Frame) {
	support := c.rules.Query.Frames
	counts := f.From.N != nil || f.To.N != nil
	switch {
	case f.Unit == expr.GroupsFrame && !support.Groups:
		c.Unsupported("a frame of GROUPS", "use Rows or Range")
	case f.Exclude != expr.ExcludeNothing && !support.Exclude:
		c.Unsupported("EXCLUDE in a frame", "subtract the value of the current row")
	case f.Unit == expr.RangeFrame && counts && !support.Distance:
		c.Unsupported("a RANGE that counts differences", "use Rows, or a correlated subquery")
	}
	c.Text(frameUnits[f.Unit] + " BETWEEN ")
	c.bound(f.From)
	c.Text(" AND ")
	c.bound(f.To)
	c.Text(exclusions[f.Exclude])
}

func (c *Compiler) bound(b expr.Bound) {
	switch b.Kind {
	case expr.BoundUnboundedPreceding:
		c.Text("UNBOUNDED PRECEDING")
	case expr.BoundUnboundedFollowing:
		c.Text("UNBOUNDED FOLLOWING")
	case expr.BoundCurrentRow:
		c.Text("CURRENT ROW")
	case expr.BoundPreceding:
		c.Expression(b.N)
		c.Text(" PRECEDING")
	case expr.BoundFollowing:
		c.Expression(b.N)
		c.Text(" FOLLOWING")
	}
}

// word writes what stands in the text by itself, and takes no parameter.
func (c *Compiler) word(x expr.Expression) {
	switch x := x.(type) {
	case expr.Separator:
		c.literal(expr.BindValue(sqltype.Text{}, sqltype.TextValue(string(x))))
	case expr.FrameCount:
		c.Text(strconv.Itoa(int(x)))
	case *expr.OutputColumn:
		c.Identifier(x.Name)
	}
}
