package orm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// A fleet: all vehicles are rows of one table, but trailers, which have one of
// their own beside. Cars and vans share a column. A depot has vehicles, and a
// trailer is towed by a van.
type (
	FleetDepot struct {
		ID       int64
		Name     string
		Vehicles orm.Many[FleetVehicle]
		Vans     orm.Many[FleetVan]
	}
	FleetVehicle struct {
		orm.SoftDelete
		ID      int64
		Kind    int64
		Plate   string
		Version int64
		DepotID *int64
		Depot   orm.One[FleetDepot]
		seen    []string
	}
	FleetCar struct {
		FleetVehicle
		Doors int64
	}
	FleetVan struct {
		FleetVehicle
		Doors    int64
		Load     float64
		Trailers orm.Many[FleetTrailer]
	}
	FleetTrailer struct {
		FleetVehicle
		Axles int64
		Notes []byte
		VanID *int64
		Van   orm.One[FleetVan]
	}
)

func (v *FleetVehicle) AfterLoad() error {
	v.seen = append(v.seen, v.Plate)
	return nil
}

type (
	fleetDepotTable struct {
		orm.Table[FleetDepot]
		ID       schema.Int64
		Name     schema.Text
		Vehicles orm.HasMany[FleetDepot, FleetVehicle]
		Vans     orm.HasMany[FleetDepot, FleetVan]
	}
	fleetVehicleCols[E any] struct {
		orm.SoftDeleteColumns
		ID      schema.Int64
		Kind    schema.Int64
		Plate   schema.Text
		Version schema.Int64
		DepotID schema.Int64
		Depot   orm.BelongsTo[E, FleetDepot]
	}
	fleetVehicleTable struct {
		orm.Table[FleetVehicle]
		fleetVehicleCols[FleetVehicle]
	}
	fleetCarTable struct {
		orm.Table[FleetCar]
		fleetVehicleCols[FleetCar]
		Doors schema.Int64
	}
	fleetVanTable struct {
		orm.Table[FleetVan]
		fleetVehicleCols[FleetVan]
		Doors    schema.Int64
		Load     schema.Float64
		Trailers orm.HasMany[FleetVan, FleetTrailer]
	}
	fleetTrailerTable struct {
		orm.Table[FleetTrailer]
		fleetVehicleCols[FleetTrailer]
		Axles schema.Int64
		Notes schema.Bytes
		VanID schema.Int64
		Van   orm.BelongsTo[FleetTrailer, FleetVan]
	}
)

func (t *fleetVehicleTable) Discriminator() orm.Discriminator {
	return orm.DiscriminatedBy(t.Kind, orm.Abstract)
}

var (
	fleet       = orm.NewBase()
	FleetDepots = orm.Declare(fleet, "depot", fleetDepotTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), Vehicles: orm.HasMany[FleetDepot, FleetVehicle]{}.CascadeDelete(),
	})
	FleetVehicles = orm.Declare(fleet, "vehicle", fleetVehicleTable{fleetVehicleCols: fleetVehicleCols[FleetVehicle]{
		SoftDeleteColumns: orm.NewSoftDelete(), ID: schema.BigInteger(schema.PrimaryKey()), Plate: schema.String(20, schema.Unique()),
		Version: schema.BigInteger(schema.Version()), DepotID: schema.BigInteger(schema.Nullable(), schema.ForeignKey("depot.id")),
	}})
	FleetCars     = orm.Inherit(FleetVehicles, orm.SingleTable(1), fleetCarTable{})
	FleetVans     = orm.Inherit(FleetVehicles, orm.SingleTable(2), fleetVanTable{Doors: schema.BigInteger(orm.SharedColumn())})
	FleetTrailers = orm.Inherit(FleetVehicles, orm.JoinedTable("trailer", 3).Key("vehicle_id"), fleetTrailerTable{
		VanID: schema.BigInteger(schema.Nullable(), schema.ForeignKey("vehicle.id")),
	})
)

// fillFleet adds a depot with a car, a van and its trailer.
func fillFleet(t *testing.T, db *database) (*FleetDepot, *FleetCar, *FleetVan, *FleetTrailer) {
	t.Helper()
	s := orm.NewSession(db)
	depot := &FleetDepot{Name: "north"}
	car := &FleetCar{FleetVehicle: FleetVehicle{Plate: "c"}, Doors: 4}
	van := &FleetVan{FleetVehicle: FleetVehicle{Plate: "v"}, Doors: 3, Load: 1.5}
	trailer := &FleetTrailer{FleetVehicle: FleetVehicle{Plate: "t"}, Axles: 2, Notes: []byte("new")}
	van.Trailers.Add(trailer)
	depot.Vehicles.Add(orm.Up[FleetVehicle](car), orm.Up[FleetVehicle](van), orm.Up[FleetVehicle](trailer))
	s.Add(depot)
	must(t, s.Commit(t.Context()))
	db.wantSent(t, "insert depot(name)", "insert vehicle(deleted_at,kind,plate,version,depot_id,doors)",
		"insert vehicle(deleted_at,kind,plate,version,depot_id,doors,load)", "insert vehicle(deleted_at,kind,plate,version,depot_id)", "insert trailer(vehicle_id,axles,notes,van_id)", "COMMIT")
	must(t, s.Close(t.Context()))
	return depot, car, van, trailer
}

func onFleet(t *testing.T, f func(t *testing.T, db *database, s *orm.Session)) {
	t.Helper()
	everywhere(t, fleet, func(t *testing.T, db *database) {
		fillFleet(t, db)
		f(t, db, session(t, db))
	})
}

// oneOf reads the vehicle of a plate.
func vehicleOf(t *testing.T, s *orm.Session, plate string) *FleetVehicle {
	t.Helper()
	v, err := orm.Select(FleetVehicles).Where(FleetVehicles.Plate.Eq(plate)).One(t.Context(), s)
	must(t, err)
	return v
}

func TestSingleAndJoinedTablesInOneHierarchy(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		wantRows(t, db, FleetVehicles.Schema(), "NULL 1 1 c 1 1 4 NULL", "NULL 2 2 v 1 1 3 1.5", "NULL 3 3 t 1 1 NULL NULL")
		wantRows(t, db, FleetTrailers.Schema(), "3 2 6e6577 2")
		db.forget()
		list, err := orm.Select(FleetVehicles).OrderBy(FleetVehicles.ID.Asc()).All(t.Context(), s)
		must(t, err)
		db.wantSent(t, "select vehicle")
		car, isCar := orm.As[FleetCar](list[0])
		van, isVan := orm.As[FleetVan](list[1])
		trailer, isTrailer := orm.As[FleetTrailer](list[2])
		if !isCar || !isVan || !isTrailer {
			t.Fatal("the vehicles are not of their types")
		}
		same(t, "values", fmt.Sprintln(car.Doors, van.Doors, van.Load, trailer.Axles, string(trailer.Notes), *trailer.VanID), "4 3 1.5 2 new 2\n")
		same(t, "after load", fmt.Sprint(car.seen, trailer.seen), "[c] [t]")
		if _, isCar := orm.As[FleetCar](list[1]); isCar {
			t.Error("the van is a car")
		}
		got, err := orm.Get(t.Context(), s, FleetTrailers, 3)
		if err != nil || got != trailer {
			t.Errorf("the trailer, got by its own table: %v, %v", got, err)
		}
		if _, err := orm.Get(t.Context(), s, FleetCars, 3); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("a car of the trailer's key: %v", err)
		}
		trailer.Notes = append(trailer.Notes, '!')
		van.Load = 2
		must(t, s.Commit(t.Context()))
		wantRows(t, db, FleetTrailers.Schema(), "3 2 6e657721 2")
		wantRows(t, db, FleetVehicles.Schema(), "NULL 1 1 c 1 1 4 NULL", "NULL 2 2 v 2 1 3 2", "NULL 3 3 t 2 1 NULL NULL")
	})
}

func TestRelationshipsOfDerivedEntities(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		towing, err := orm.Select(FleetVans).Where(FleetVans.Trailers.Any(FleetTrailers.Axles.Eq(2), FleetTrailers.Plate.Eq("t"))).
			With(FleetVans.Trailers.With(FleetTrailers.Depot), FleetVans.Depot).One(t.Context(), s)
		must(t, err)
		trailers, err := towing.Trailers.All()
		must(t, err)
		depot, err := trailers[0].Depot.Get()
		must(t, err)
		if own, err := towing.Depot.Get(); err != nil || own != depot || depot.Name != "north" {
			t.Errorf("the depot: %v, %v", own, err)
		}
		must(t, FleetDepots.Vans.Load(t.Context(), s, depot))
		if vans, err := depot.Vans.All(); err != nil || len(vans) != 1 || vans[0] != towing {
			t.Errorf("vans of the depot: %v, %v", vans, err)
		}
		must(t, s.Close(t.Context()))
		for name, loader := range map[string]orm.Loader[FleetDepot]{
			"joined": FleetDepots.Vehicles.OrderBy(FleetVehicles.ID.Asc()).Joined(), "select in": FleetDepots.Vehicles.OrderBy(FleetVehicles.ID.Asc()),
			"subquery": FleetDepots.Vehicles.OrderBy(FleetVehicles.ID.Asc()).Subquery(), "first": FleetDepots.Vehicles.OrderBy(FleetVehicles.ID.Asc()).Limit(3),
		} {
			s := orm.NewSession(db)
			depot, err := orm.Select(FleetDepots).With(loader).One(t.Context(), s)
			must(t, err)
			list, err := depot.Vehicles.All()
			must(t, err)
			trailer, ok := orm.As[FleetTrailer](list[2])
			if len(list) != 3 || !ok || trailer.Axles != 2 {
				t.Errorf("%s: %v", name, list)
			}
			must(t, s.Close(t.Context()))
		}
	})
}

func TestConditionsOnDerivedColumns(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		got, err := orm.Select(FleetVehicles).Where(expr.Or(FleetTrailers.Axles.Eq(2), FleetVans.Load.Gt(1))).OrderBy(FleetVehicles.ID.Asc()).All(ctx, s)
		if err != nil || len(got) != 2 || got[0].Plate != "v" || got[1].Plate != "t" {
			t.Fatalf("by columns of derived tables: %v, %v", got, err)
		}
		n, err := orm.Select(FleetVehicles).Where(FleetTrailers.Axles.Ge(2), FleetTrailers.Plate.Eq("t")).Count(ctx, s)
		if err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		list, err := orm.Select(FleetVehicles).With(orm.OfType[FleetVehicle](FleetVans.Trailers.With(FleetTrailers.Van)), FleetVehicles.Depot).OrderBy(FleetVehicles.ID.Asc()).All(ctx, s)
		must(t, err)
		van, _ := orm.As[FleetVan](list[1])
		trailers, err := van.Trailers.All()
		must(t, err)
		if of, err := trailers[0].Van.Get(); len(trailers) != 1 || err != nil || of != van {
			t.Errorf("trailers %v, of %v, %v", trailers, of, err)
		}
		type row struct {
			Plate string
			Axles *int64
		}
		rows, err := orm.SelectAs[row](FleetVehicles.Plate, FleetTrailers.Axles).From(FleetVehicles).OrderBy(FleetVehicles.ID.Asc()).All(ctx, s)
		if err != nil || len(rows) != 3 || rows[0].Axles != nil || *rows[2].Axles != 2 {
			t.Errorf("columns of both: %v, %v", rows, err)
		}
	})
}

func TestBothSidesOfDerivedEntities(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		depot, err := orm.Select(FleetDepots).With(FleetDepots.Vehicles, FleetDepots.Vans).One(t.Context(), s)
		must(t, err)
		south := &FleetDepot{Name: "south"}
		van, _ := orm.As[FleetVan](vehicleOf(t, s, "v"))
		van.Depot.Set(south)
		must(t, s.Flush(t.Context()))
		vehicles, err := depot.Vehicles.All()
		must(t, err)
		vans, err := depot.Vans.All()
		must(t, err)
		if len(vehicles) != 2 || len(vans) != 0 {
			t.Errorf("the first depot has still %v, %v", vehicles, vans)
		}
		depot.Vans.Add(van)
		must(t, s.Commit(t.Context()))
		if vehicles, err := depot.Vehicles.All(); err != nil || len(vehicles) != 3 {
			t.Errorf("a van that was given to the vans is not among the vehicles: %v, %v", vehicles, err)
		}
		must(t, depot.Vehicles.Remove(orm.Up[FleetVehicle](van)))
		must(t, s.Commit(t.Context()))
		if vans, err := depot.Vans.All(); err != nil || len(vans) != 0 || van.DepotID != nil {
			t.Errorf("a van that was taken from the vehicles is among the vans: %v, %v", vans, err)
		}
	})
}

func TestDerivedEntitiesInSessions(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		trailer, err := orm.Get(ctx, s, FleetTrailers, 3)
		must(t, err)
		trailer.Axles, trailer.Plate = 9, "x"
		must(t, orm.Refresh(ctx, s, trailer))
		same(t, "refreshed", fmt.Sprintln(trailer.Axles, trailer.Plate), "2 t\n")
		must(t, orm.Refresh(ctx, s, &trailer.FleetVehicle))
		sp, err := s.BeginNested(ctx)
		must(t, err)
		trailer.Axles, trailer.Plate = 5, "y"
		late := &FleetTrailer{FleetVehicle: FleetVehicle{Plate: "late"}, Axles: 1}
		s.Add(late)
		must(t, s.Flush(ctx))
		must(t, sp.Rollback(ctx))
		same(t, "rolled back", fmt.Sprintln(trailer.Axles, trailer.Plate, late.ID), "2 t 0\n")
		locked, err := orm.Select(FleetVehicles).Where(FleetVehicles.Plate.Eq("t")).ForUpdate().One(ctx, s)
		if !db.isSQLite() && (err != nil || locked != &trailer.FleetVehicle) {
			t.Errorf("locked: %v, %v", locked, err)
		}
		merged, err := orm.Merge(ctx, s, &FleetTrailer{FleetVehicle: FleetVehicle{ID: 3, Kind: 3, Plate: "m", Version: trailer.Version, DepotID: trailer.DepotID}, Axles: 7})
		if err != nil || merged != trailer {
			t.Fatalf("merged: %v, %v", merged, err)
		}
		must(t, s.Commit(ctx))
		wantRows(t, db, FleetTrailers.Schema(), "3 7  NULL")
		s.Delete(trailer) // whose row is marked
		must(t, s.Commit(ctx))
		if n, err := orm.Select(FleetVehicles).Count(ctx, s); err != nil || n != 2 {
			t.Errorf("%d vehicles are left, %v", n, err)
		}
		if n, err := orm.Select(FleetTrailers).Count(ctx, s); err != nil || n != 0 {
			t.Errorf("%d trailers are left, %v", n, err)
		}
		must(t, s.Commit(ctx))
		wantRows(t, db, FleetTrailers.Schema(), "3 7  NULL")
	})
}

func TestStatementsOnDerivedEntities(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		trailer, err := orm.Get(ctx, s, FleetTrailers, 3)
		must(t, err)
		n, err := orm.Update(FleetTrailers).Set(FleetTrailers.Axles.SetExpr(FleetTrailers.Axles.Add(1)), FleetTrailers.Plate.Set("bulk")).Where(FleetTrailers.Plate.Eq("t"), FleetTrailers.Axles.Eq(2)).Exec(ctx, s)
		if err != nil || n != 1 || trailer.Axles != 3 || trailer.Plate != "bulk" {
			t.Errorf("%d updated, %v: %v", n, err, trailer)
		}
		if _, err := orm.Update(FleetTrailers).Set(FleetTrailers.Axles.SetExpr(FleetTrailers.DepotID)).Where(expr.All()).Exec(ctx, s); err == nil || !strings.Contains(err.Error(), "depot_id") {
			t.Errorf("a value of another table: %v", err)
		}
		more := []*FleetTrailer{{FleetVehicle: FleetVehicle{Plate: "b1"}, Axles: 1}, {FleetVehicle: FleetVehicle{Plate: "b2"}, Axles: 2}}
		must(t, orm.BulkInsert(ctx, s, more))
		more[0].Axles, more[0].Plate = 8, "b3"
		must(t, orm.BulkUpdate(ctx, s, more[:1], FleetTrailers.Axles, FleetTrailers.Plate))
		axles, err := orm.SelectAs[int64](FleetTrailers.Axles).OrderBy(FleetTrailers.ID.Asc()).All(ctx, s)
		if err != nil || fmt.Sprint(axles) != "[3 8 2]" {
			t.Errorf("axles %v, %v", axles, err)
		}
		type row struct {
			Name    string
			Vehicle *FleetVehicle
		}
		rows, err := orm.SelectAs[row](FleetDepots.Name, orm.Whole(FleetVehicles)).From(FleetDepots).Join(FleetDepots.Vehicles).OrderBy(FleetVehicles.ID.Asc()).All(ctx, s)
		if err != nil || len(rows) != 3 || rows[2].Vehicle != &trailer.FleetVehicle {
			t.Errorf("rows %v, %v", rows, err)
		}
		n, err = orm.Delete(FleetVehicles).Where(FleetVehicles.Plate.In("b2", "b3", "c")).Exec(ctx, s)
		if err != nil || n != 3 {
			t.Errorf("%d deleted, %v", n, err)
		}
		must(t, s.Commit(ctx))
		wantRows(t, db, FleetTrailers.Schema(), "3 3 6e6577 2")
	})
}

func TestPagesOfDerivedEntities(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		other := orm.Alias(FleetTrailers, "other")
		got, err := orm.Select(other).Where(other.Plate.Eq("t"), other.Axles.Ge(2)).All(ctx, s)
		if err != nil || len(got) != 1 || got[0].Axles != 2 {
			t.Errorf("by an alias: %v, %v", got, err)
		}
		var kinds []string
		for v, err := range orm.Select(FleetVehicles).Partition(2).Each(ctx, s) {
			must(t, err)
			kinds = append(kinds, fmt.Sprintf("%T", orm.WholeOf(v)))
		}
		same(t, "in partitions", strings.Join(kinds, " "), "*orm_test.FleetCar *orm_test.FleetVan *orm_test.FleetTrailer")
		kinds = nil
		for v, err := range orm.Select(FleetVehicles).OrderBy(FleetVehicles.ID.Desc()).NoTrack().Each(ctx, s) {
			must(t, err)
			kinds = append(kinds, fmt.Sprintf("%T", orm.WholeOf(v)))
		}
		same(t, "streamed", strings.Join(kinds, " "), "*orm_test.FleetTrailer *orm_test.FleetVan *orm_test.FleetCar")
		first, err := orm.Select(FleetVehicles).Where(FleetVehicles.Depot.Has(FleetDepots.Name.Eq("north"))).OrderBy(FleetVehicles.Plate.Desc()).Limit(1).Offset(1).One(ctx, s)
		if err != nil || first.Plate != "t" {
			t.Errorf("the second: %v, %v", first, err)
		}
		var lost *FleetVehicle
		must(t, s.Close(context.Background()))
		if _, ok := orm.As[FleetTrailer](first); !ok {
			t.Error("what an entity is was forgotten with the session")
		}
		if _, ok := orm.As[FleetTrailer](lost); ok {
			t.Error("nil is a trailer")
		}
	})
}

func TestUnknownTypesOfRows(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		run(t, db, "UPDATE vehicle SET kind = 8 WHERE plate = 'v'")
		var wrong *orm.EntityError
		if _, err := orm.Select(FleetVehicles).All(ctx, s); !errors.As(err, &wrong) || wrong.Field != "Kind" {
			t.Errorf("a row of kind 8: %v", err)
		}
		if n, err := orm.Select(FleetVans).Count(ctx, s); err != nil || n != 0 {
			t.Errorf("%d vans, %v", n, err)
		}
		var model *orm.ModelError
		s.Add(&FleetVehicle{Plate: "abstract"})
		if err := s.Flush(ctx); !errors.As(err, &model) || !strings.Contains(err.Error(), "abstract") {
			t.Errorf("an abstract entity: %v", err)
		}
		must(t, s.Rollback(ctx))
		s.Add(&FleetCar{FleetVehicle: FleetVehicle{Plate: "k", Kind: 2}})
		if err := s.Flush(ctx); !errors.As(err, &wrong) || wrong.Field != "Kind" {
			t.Errorf("a car that says it is a van: %v", err)
		}
		must(t, s.Rollback(ctx))
		if _, err := orm.Upsert(ctx, s, []*FleetTrailer{{}}, expr.OnConflict(FleetTrailers.Plate).DoNothing()); !errors.As(err, &model) {
			t.Errorf("an upsert into two tables: %v", err)
		}
	})
}
