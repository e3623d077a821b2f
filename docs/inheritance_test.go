package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Employee struct {
	ID   int64
	Name string
	Kind string
}

type Engineer struct {
	Employee
	Language string
}

type Manager struct {
	Employee
	Level   int64
	Reports orm.Many[Report]
}

type Report struct {
	ID        int64
	Text      string
	ManagerID int64
	Manager   orm.One[Manager]
}

// employeeColumns is generic in its entity, as are the relationships in it, so that
// derived tables have them too.
type employeeColumns[E any] struct {
	ID   schema.Int64
	Name schema.Text
	Kind schema.Text
}

type employeeTable struct {
	orm.Table[Employee]
	employeeColumns[Employee]
}

func (t *employeeTable) Discriminator() orm.Discriminator {
	return orm.DiscriminatedBy(t.Kind, "employee")
}

type engineerTable struct {
	orm.Table[Engineer]
	employeeColumns[Engineer]
	Language schema.Text
}

type managerTable struct {
	orm.Table[Manager]
	employeeColumns[Manager]
	Level   schema.Int64
	Reports orm.HasMany[Manager, Report]
}

type reportTable struct {
	orm.Table[Report]
	ID        schema.Int64
	Text      schema.Text
	ManagerID schema.Int64
	Manager   orm.BelongsTo[Report, Manager]
}

var Staff = orm.NewBase()

var Employees = orm.Declare(Staff, "employees", employeeTable{employeeColumns: employeeColumns[Employee]{
	ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50), Kind: schema.String(20),
}})

// Engineers have a column in the table of the base.
var Engineers = orm.Inherit(Employees, orm.SingleTable("engineer"), engineerTable{Language: schema.String(20)})

// Managers have a table of their own beside it.
var Managers = orm.Inherit(Employees, orm.JoinedTable("managers", "manager"), managerTable{})

var Reports = orm.Declare(Staff, "reports", reportTable{
	ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(50), ManagerID: schema.BigInteger(schema.ForeignKey("managers.id")),
})

func Example_inheritance() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Staff.MetaData))

	s := orm.NewSession(db)
	ann := &Manager{Employee: Employee{Name: "Ann"}, Level: 3}
	ann.Reports.Add(&Report{Text: "all is well"})
	s.Add(ann)
	s.Add(&Engineer{Employee: Employee{Name: "Bob"}, Language: "Go"})
	s.Add(&Employee{Name: "Cid"})
	must(s.Commit(ctx))

	everybody, err := orm.Select(Employees).OrderBy(Employees.Name.Asc()).All(ctx, s)
	must(err)
	for _, e := range everybody {
		switch e := orm.WholeOf(e).(type) {
		case *Manager:
			fmt.Println(e.Name, "is a manager of level", e.Level)
		case *Engineer:
			fmt.Println(e.Name, "writes", e.Language)
		default:
			fmt.Println("an employee")
		}
	}
	if m, ok := orm.As[Manager](everybody[0]); ok {
		fmt.Println(m == ann, m.Kind)
	}
	gophers, err := orm.Select(Employees).Where(Engineers.Language.Eq("Go")).All(ctx, s)
	must(err)
	writers, err := orm.Select(Employees).With(orm.OfType[Employee](Managers.Reports)).All(ctx, s)
	must(err)
	fmt.Println(len(gophers), len(writers))
	must(s.Close(ctx))
	// Output:
	// Ann is a manager of level 3
	// Bob writes Go
	// an employee
	// true manager
	// 1 3
}
