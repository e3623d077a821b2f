package compile

import (
	"github.com/alkahest-go/alkahest/schema"
)

// SelectedRules are how one product writes views and tables that are made by
// queries.
type SelectedRules struct {
	// OrReplace is CREATE VIEW that changes a view which is there: "CREATE OR
	// REPLACE VIEW "; "" where there is none.
	OrReplace string
	// Materialized says that there are materialized views, and Refresh writes
	// what refreshes one.
	Materialized bool
	Refresh      func(d *DDL, e schema.RefreshView)
	// Check says that WITH CHECK OPTION is understood, and CheckLocal that LOCAL
	// is.
	Check, CheckLocal bool
	// Temporary says that a view may be temporary.
	Temporary bool
	// Into says that a table is filled by SELECT INTO instead of CREATE TABLE AS.
	Into bool
	// Unfilled is what follows the query that fills nothing at first: " WITH NO
	// DATA"; "" where there is none.
	Unfilled string
}

var selectedKinds = map[schema.SelectedKind]Objects{
	schema.View: ObjectView, schema.MaterializedView: ObjectMaterializedView, schema.TableAs: ObjectTable,
}

// kindOf is what stands under a table's name.
func kindOf(t *schema.Table) Objects {
	if t.Selected == nil {
		return ObjectTable
	}
	return selectedKinds[t.Selected.Kind]
}

// selected writes what a query makes.
func (d *DDL) selected(t *schema.Table, ifNotExists bool) {
	s, rules := t.Selected, &d.rules.DDL.Selected
	switch {
	case s.Kind == schema.MaterializedView && !rules.Materialized:
		d.Unsupported("materialized views", "make a table by schema.TableAs")
		return
	case s.Kind == schema.TableAs && rules.Into:
		d.into(t, ifNotExists)
		return
	case t.Temporary && s.Kind != schema.TableAs && (!rules.Temporary || s.Kind == schema.MaterializedView):
		d.Unsupported("temporary views", "use a CTE or a derived table")
		return
	}
	words := "CREATE "
	if t.Temporary {
		words += d.temporary()
	}
	o := Object{Kind: kindOf(t), Schema: t.Schema, Name: t.Name}
	d.create(o, words+objectWords[o.Kind]+" ", ifNotExists)
	d.selectedBody(t)
}

func (d *DDL) selectedBody(t *schema.Table) {
	s := t.Selected
	d.TableName(t)
	if s.Kind != schema.TableAs {
		d.Text(" ")
		d.columnList(t.Columns())
	}
	d.Text(" AS ")
	d.query(s)
	d.unfilled(s)
	d.checkOption(s)
	d.End()
}

func (d *DDL) query(s *schema.Selected) {
	d.scope = nil
	d.statement(s.Query)
}

func (d *DDL) unfilled(s *schema.Selected) {
	if !s.Unfilled {
		return
	}
	words := d.rules.DDL.Selected.Unfilled
	if words == "" || s.Kind == schema.View {
		d.Unsupported("views and tables that are left empty by the query that makes them", "leave Unfilled out")
	}
	d.Text(words)
}

func (d *DDL) checkOption(s *schema.Selected) {
	rules := &d.rules.DDL.Selected
	switch {
	case s.Check == schema.NoCheck:
	case !rules.Check || s.Kind != schema.View:
		d.Unsupported("WITH CHECK OPTION", "check the rows before they are written")
	case s.Check == schema.CheckLocal && !rules.CheckLocal:
		d.Unsupported("WITH LOCAL CHECK OPTION", "use CheckCascaded")
	case s.Check == schema.CheckLocal:
		d.Text(" WITH LOCAL CHECK OPTION")
	case rules.CheckLocal:
		d.Text(" WITH CASCADED CHECK OPTION")
	default:
		d.Text(" WITH CHECK OPTION")
	}
}

// into writes SELECT INTO around the query.
func (d *DDL) into(t *schema.Table, ifNotExists bool) {
	if t.Temporary {
		d.Unsupported("temporary tables", "use a table variable by DDL of your own")
		return
	}
	d.create(Object{Kind: ObjectTable, Schema: t.Schema, Name: t.Name}, "SELECT * INTO ", ifNotExists)
	d.TableName(t)
	d.Text(" FROM (")
	d.query(t.Selected)
	d.Text(")" + d.rules.AliasWord)
	d.Identifier("source")
	if t.Selected.Unfilled {
		d.Text(" WHERE 1 = 0")
	}
	d.End()
}

// temporary is the word for a table of the connection, with a blank behind it.
func (d *DDL) temporary() string {
	if d.rules.DDL.Temporary == "" {
		d.Unsupported("temporary tables", "use a CTE, or a table of your own")
	}
	return d.rules.DDL.Temporary + " "
}

func (d *DDL) createView(e schema.CreateView) {
	t := e.View
	switch s := t.Selected; {
	case s == nil || s.Kind != schema.View:
		d.Unsupported("CREATE VIEW of "+t.FullName()+", which is none", "declare it by schema.NewView")
	case !e.OrReplace:
		d.selected(t, false)
	case d.rules.DDL.Selected.OrReplace == "" || t.Temporary:
		d.Unsupported("CREATE OR REPLACE VIEW", "drop the view and make it anew")
	default:
		d.Text(d.rules.DDL.Selected.OrReplace)
		d.selectedBody(t)
	}
}

func (d *DDL) refreshView(e schema.RefreshView) {
	if d.rules.DDL.Selected.Refresh == nil {
		d.Unsupported("REFRESH MATERIALIZED VIEW", "make a table by schema.TableAs")
		return
	}
	d.rules.DDL.Selected.Refresh(d, e)
	d.End()
}
