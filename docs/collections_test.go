package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Course struct {
	ID    int64
	Steps orm.Many[Step]
}

type Step struct {
	ID       int64
	Name     string
	Place    int
	CourseID int64
}

type courseTable struct {
	orm.Table[Course]
	ID    schema.Int64
	Steps orm.HasMany[Course, Step]
}

type stepTable struct {
	orm.Table[Step]
	ID       schema.Int64
	Name     schema.Text
	Place    schema.Int
	CourseID schema.Int64
}

var School = orm.NewBase()

var Courses = orm.Declare(School, "courses", courseTable{
	ID:    schema.BigInteger(schema.PrimaryKey()),
	Steps: orm.HasMany[Course, Step]{}.Numbered("place", 1).DeleteOrphans(),
})

var Steps = orm.Declare(School, "steps", stepTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	Name:     schema.String(50),
	CourseID: schema.BigInteger(schema.ForeignKey("courses.id")),
})

var StepsByName = orm.KeyedBy(Courses.Steps, func(s *Step) string { return s.Name })

type Sensor struct {
	ID       int64
	Readings orm.WriteOnly[Reading]
}

type Reading struct {
	ID       int64
	Value    int64
	SensorID int64
}

type sensorTable struct {
	orm.Table[Sensor]
	ID       schema.Int64
	Readings orm.HasMany[Sensor, Reading]
}

type readingTable struct {
	orm.Table[Reading]
	ID       schema.Int64
	Value    schema.Int64
	SensorID schema.Int64
}

var Sensors = orm.Declare(School, "sensors", sensorTable{
	ID: schema.BigInteger(schema.PrimaryKey()),
})

var Readings = orm.Declare(School, "readings", readingTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	SensorID: schema.BigInteger(schema.ForeignKey("sensors.id")),
})

type Comment struct {
	ID      int64
	Text    string
	About   string // "course" or "sensor"
	AboutID int64
	Course  orm.One[Course]
	Sensor  orm.One[Sensor]
}

type commentTable struct {
	orm.Table[Comment]
	ID      schema.Int64
	Text    schema.Text
	About   schema.Text
	AboutID schema.Int64
	Course  orm.BelongsTo[Comment, Course]
	Sensor  orm.BelongsTo[Comment, Sensor]
}

var Comments = orm.Declare(School, "comments", commentTable{
	ID:     schema.BigInteger(schema.PrimaryKey()),
	Text:   schema.String(50),
	About:  schema.String(10),
	Course: orm.BelongsTo[Comment, Course]{}.Via("about_id").When("about", "course"),
	Sensor: orm.BelongsTo[Comment, Sensor]{}.Via("about_id").When("about", "sensor"),
})

type List struct {
	ID      int64
	Items   orm.Many[Item]
	Dearest orm.One[Item]
}

type Item struct {
	ID, ListID, Price int64
}

type listTable struct {
	orm.Table[List]
	ID      schema.Int64
	Items   orm.HasMany[List, Item]
	Dearest orm.HasOne[List, Item]
}

func (l *listTable) Joins() []orm.JoinRule {
	place := expr.RowNumber().Over(expr.PartitionBy(Items.ListID).OrderBy(Items.Price.Desc())).As("place")
	ranked := orm.AliasOf(Items, "ranked", expr.NewSelect(Items.ID, Items.ListID, Items.Price, place).From(Items.Schema()))
	return []orm.JoinRule{
		l.Dearest.On(ranked, ranked.ListID.EqExpr(l.ID), expr.NumColumn[int64](ranked.Source(), "place").Eq(1)),
	}
}

type itemTable struct {
	orm.Table[Item]
	ID, ListID, Price schema.Int64
}

var Lists = orm.Declare(School, "lists", listTable{
	ID: schema.BigInteger(schema.PrimaryKey()),
})

var Items = orm.Declare(School, "items", itemTable{
	ID:     schema.BigInteger(schema.PrimaryKey()),
	ListID: schema.BigInteger(schema.ForeignKey("lists.id")),
})

func Example_collections() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, School.MetaData))
	must(keepOrder(ctx, db))
	must(keepKeys(ctx, db))
	must(keepMany(ctx, db))
	must(comment(ctx, db))
	must(dearest(ctx, db))
	// Output:
	// 1 look
	// 2 read
	// 3 write
	// read is step 2 of 3
	// 2 were there, 1 is gone
	// good is about the course 1
	// the dearest costs 20
}

func keepOrder(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	course := &Course{}
	course.Steps.Add(&Step{Name: "read"}, &Step{Name: "write"})
	s.Add(course)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	if err := course.Steps.Insert(0, &Step{Name: "look"}); err != nil { // the others move
		return err
	}
	if err := s.Commit(ctx); err != nil {
		return err
	}
	steps, err := course.Steps.All()
	for _, step := range steps {
		fmt.Println(step.Place, step.Name)
	}
	return err
}

func keepKeys(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	course, err := orm.Select(Courses).With(Courses.Steps).One(ctx, s)
	if err != nil {
		return err
	}
	if err := StepsByName.Put(course, &Step{Name: "write"}); err != nil { // in the place of the old one
		return err
	}
	byName, err := StepsByName.All(course) // a map[string]*Step
	if err != nil {
		return err
	}
	fmt.Printf("read is step %d of %d\n", byName["read"].Place, len(byName))
	return s.Commit(ctx)
}

func keepMany(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	sensor := &Sensor{}
	sensor.Readings.Add(&Reading{Value: 5}, &Reading{Value: 19})
	s.Add(sensor)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	recent, err := Sensors.Readings.Select(sensor).OrderBy(Readings.ID.Desc()).Limit(10).All(ctx, s)
	if err != nil {
		return err
	}
	err = Sensors.Readings.Insert(ctx, s, sensor, &Reading{Value: 20}, &Reading{Value: 21}) // in bulk
	if err != nil {
		return err
	}
	n, err := Sensors.Readings.Delete(sensor).Where(Readings.Value.Lt(10)).Exec(ctx, s)
	fmt.Printf("%d were there, %d is gone\n", len(recent), n)
	return err
}

func comment(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	course, err := orm.Select(Courses).One(ctx, s)
	if err != nil {
		return err
	}
	good := &Comment{Text: "good"}
	good.Course.Set(course)
	s.Add(good)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	fmt.Printf("%s is about the %s %d\n", good.Text, good.About, good.AboutID)
	return nil
}

func dearest(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	list := &List{}
	list.Items.Add(&Item{Price: 20}, &Item{Price: 10})
	s.Add(list)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	if err := Lists.Dearest.Load(ctx, s, list); err != nil {
		return err
	}
	item, err := list.Dearest.Get()
	if err != nil {
		return err
	}
	fmt.Println("the dearest costs", item.Price)
	return nil
}
