package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
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

func Example_collections() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, School.MetaData))
	must(keepOrder(ctx, db))
	must(keepKeys(ctx, db))
	// Output:
	// 1 look
	// 2 read
	// 3 write
	// read is step 2 of 3
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
