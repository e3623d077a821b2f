package orm_test

import (
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type (
	Pupil struct {
		ID     int64
		Name   string
		Grades orm.Many[Grade]
	}
	Lesson struct {
		ID     int64
		Name   string
		Grades orm.Many[Grade]
	}
	// Grade is between the two, with a column of its own. Its key are those of
	// both.
	Grade struct {
		PupilID  int64
		LessonID int64
		Mark     string
		Pupil    orm.One[Pupil]
		Lesson   orm.One[Lesson]
	}
)

type (
	pupilTable struct {
		orm.Table[Pupil]
		ID     schema.Int64
		Name   schema.Text
		Grades orm.HasMany[Pupil, Grade]
	}
	lessonTable struct {
		orm.Table[Lesson]
		ID     schema.Int64
		Name   schema.Text
		Grades orm.HasMany[Lesson, Grade]
	}
	gradeTable struct {
		orm.Table[Grade]
		PupilID, LessonID schema.Int64
		Mark              schema.Text
		Pupil             orm.BelongsTo[Grade, Pupil]
		Lesson            orm.BelongsTo[Grade, Lesson]
	}
)

var (
	classes = orm.NewBase()
	Pupils  = orm.Declare(classes, "pupils", pupilTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Grades: orm.HasMany[Pupil, Grade]{}.DeleteOrphans(),
	})
	Lessons = orm.Declare(classes, "lessons", lessonTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	Grades  = orm.Declare(classes, "grades", gradeTable{
		PupilID:  schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("pupils.id")),
		LessonID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("lessons.id")),
		Mark:     schema.String(5),
	})
)

// An object between two others has columns of its own, and a key that both give
// it; it goes with the one that owns it.
func TestAssociationObjects(t *testing.T) {
	everywhere(t, classes, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		ann, sums, art := &Pupil{Name: "Ann"}, &Lesson{Name: "sums"}, &Lesson{Name: "art"}
		good, fair := &Grade{Mark: "good"}, &Grade{Mark: "fair"}
		good.Lesson.Set(sums)
		art.Grades.Add(fair)
		ann.Grades.Add(good, fair)
		s.Add(ann)
		s.Add(art)
		must(t, s.Commit(ctx))
		same(t, "keys", [4]int64{good.PupilID, good.LessonID, fair.PupilID, fair.LessonID}, [4]int64{ann.ID, sums.ID, ann.ID, art.ID})
		fair.Mark = "best"
		must(t, s.Commit(ctx))
		s = another(t, db, s)
		ann, err := orm.Select(Pupils).Where(Pupils.Grades.Any(Grades.Lesson.Has(Lessons.Name.Eq("art")))).
			With(Pupils.Grades.OrderBy(Grades.Mark.Asc()).With(Grades.Lesson)).One(ctx, s)
		must(t, err)
		grades, err := ann.Grades.All()
		must(t, err)
		var got []string
		for _, g := range grades {
			l, err := g.Lesson.Get()
			must(t, err)
			got = append(got, g.Mark+" in "+l.Name)
		}
		same(t, "grades", got, []string{"best in art", "good in sums"})
		must(t, ann.Grades.Remove(grades[0]))
		must(t, s.Commit(ctx))
		if n := len(rows(t, db, Grades.Schema())); n != 1 {
			t.Errorf("%d grades are left", n)
		}
		s.Delete(ann)
		must(t, s.Commit(ctx))
		wantRows(t, db, Grades.Schema())
	})
}

var pupilLessons = orm.Through(Pupils.Grades, Grades.Lesson, func(*Lesson) *Grade { return &Grade{Mark: "c"} })

func TestScenarioAssociationObjectAndProxy(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, classes, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		ann, a, b := &Pupil{Name: "Ann"}, &Lesson{Name: "a"}, &Lesson{Name: "b"}
		s.Add(ann)
		must(t, pupilLessons.Add(ann, a, b))
		must(t, s.Flush(ctx))
		lessons, err := pupilLessons.All(ann)
		if err != nil || len(lessons) != 2 || lessons[0] != a || lessons[1] != b {
			t.Errorf("lessons %v, %v", lessons, err)
		}
		wantRows(t, must2(s.Tx(ctx)), Grades.Schema(), "1 1 c", "1 2 c")
		db.forget()
		must(t, pupilLessons.Remove(ann, a))
		must(t, s.Flush(ctx))
		db.wantSent(t, "delete grades")
		for what, p := range map[string]expr.Pred{
			"contains": pupilLessons.Contains(b), "any": pupilLessons.Any(Lessons.Name.Eq("b")),
			"none of it": pupilLessons.Contains(a).Not(),
		} {
			found, err := orm.Select(Pupils).Where(p).All(ctx, s)
			if err != nil || len(found) != 1 || found[0] != ann {
				t.Errorf("%s: %v, %v", what, found, err)
			}
		}
		must(t, s.Commit(ctx))
		s = another(t, db, s)
		read, err := orm.Get(ctx, s, Pupils, ann.ID)
		must(t, err)
		var unloaded *orm.NotLoadedError
		if _, err := pupilLessons.All(read); !errors.As(err, &unloaded) {
			t.Errorf("got %v, want that it is not loaded", err)
		}
	})
}

func must2[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}
