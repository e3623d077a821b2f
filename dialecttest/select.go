package dialecttest

import (
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// staff is a table with data that queries are tried on.
type staff struct {
	table, city        *schema.Table
	ID, Age, Boss      expr.Num[int64]
	CityID             expr.Num[int64]
	Name               expr.TextOf[string]
	Active             expr.BoolOf[bool]
	Pay                expr.Num[sqltype.Decimal]
	CityKey, CityScore expr.Num[int64]
	CityName           expr.TextOf[string]
}

// staff returns the table, made once for all tests, which do not change it.
func (c *T) staff() *staff {
	c.Helper()
	if c.shared.staff == nil {
		c.shared.staff = c.outer.makeStaff()
	}
	return c.shared.staff
}

func (c *T) makeStaff() *staff {
	c.Helper()
	m := schema.NewMetaData()
	city := schema.MustTable(m, "dt_city", plainID(), column("name", sqltype.String{Length: 20}), column("score", bigInt))
	t := schema.MustTable(m, "dt_staff", plainID(), column("name", sqltype.String{Length: 40}), column("age", bigInt), column("boss", bigInt),
		column("city_id", bigInt, schema.ForeignKey("dt_city.id")), column("active", sqltype.Boolean{}),
		column("pay", sqltype.Numeric{Precision: 10, Scale: 2}))
	c.create(m)
	s := &staff{table: t, city: city}
	s.bind(t)
	s.CityKey, s.CityName, s.CityScore = num(city, "id"), str(city, "name"), num(city, "score")
	c.fill(s)
	return s
}

func (s *staff) bind(t *schema.Table) {
	s.ID, s.Age, s.Boss, s.CityID, s.Name = num(t, "id"), num(t, "age"), num(t, "boss"), num(t, "city_id"), str(t, "name")
	s.Active = expr.NewBool[bool](t.C("active"), sqltype.CodecOf[bool](sqltype.Boolean{}))
	s.Pay = expr.NewNum[sqltype.Decimal](t.C("pay"), sqltype.CodecOf[sqltype.Decimal](sqltype.Numeric{Precision: 10, Scale: 2}))
}

func (c *T) fill(s *staff) {
	c.Helper()
	cities := []struct {
		id    int64
		name  string
		score int64
	}{{1, "Rome", 5}, {2, "Oslo", 3}, {3, "Bonn", 5}}
	for _, x := range cities {
		c.exec(c.engine, expr.NewInsert(s.city).Values(set(s.city, "id", x.id), set(s.city, "name", x.name), set(s.city, "score", x.score)))
	}
	n := func(v int64) *int64 { return &v }
	for _, x := range []struct {
		id              int64
		name            string
		age, boss, city *int64
		active          bool
		pay             string
	}{
		{1, "Ann", n(30), nil, n(1), true, "100.50"},
		{2, "Bob", n(41), n(1), n(1), false, "80.00"},
		{3, "Cyd", n(30), n(1), n(2), true, "80.00"},
		{4, "Dee", nil, n(2), nil, true, "0.01"},
		{5, "Eve", n(-7), n(2), n(2), false, "7.25"},
		{6, "100%_/x", n(99), n(9), nil, false, "55.00"},
	} {
		t := s.table
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", x.id), set(t, "name", x.name), set(t, "age", x.age), set(t, "boss", x.boss),
			set(t, "city_id", x.city), set(t, "active", x.active), set(t, "pay", sqltype.MustParseDecimal(x.pay))))
	}
}

// ids selects the ids of the rows that meet the conditions.
func (s *staff) ids(ps ...expr.Predicate) *expr.Select {
	return expr.NewSelect(s.ID).Where(ps...).OrderBy(s.ID.Asc())
}

// query is a test of one query's rows.
func query(name, doc string, q func(s *staff) *expr.Select, want ...string) test {
	return test{name: name, doc: doc, run: func(c *T) { c.wantRows(c.engine, q(c.staff()), want...) }}
}

func needing(t test, needs ...need) test { t.needs = append(t.needs, needs...); return t }

func selectTests() []test {
	tests := append(clauseTests(), joinTests()...)
	tests = append(tests, subqueryTests()...)
	return append(
		tests,
		test{name: "lock for update", doc: "FOR UPDATE is taken within a transaction.", needs: []need{rowLocks}, run: lockRows},
		test{name: "skip locked", doc: "SKIP LOCKED passes over what another transaction holds.", needs: []need{rowLocks, manyWriters}, run: skipLocked},
		test{name: "no wait", doc: "NOWAIT fails at once where another transaction holds the row.", needs: []need{rowLocks, manyWriters}, run: noWait},
		test{name: "parameters", doc: "One statement runs with one value after the other.", run: parameters},
		test{name: "raw text", doc: "Raw SQL takes its values by name.", run: rawText},
		test{name: "result left early", doc: "A result that is closed before its end leaves the connection usable.", run: leftEarly},
		test{name: "large result", doc: "Ten thousand rows come, each once and in order.", run: largeResult},
		test{name: "statement is immutable", doc: "Two queries made from one base do not touch each other.", run: immutable},
		test{name: "same shape, other values", doc: "A statement that is compiled already is bound to new values.", run: sameShape},
	)
}

func clauseTests() []test {
	return []test{
		query("all columns", "Columns come in the order of the SELECT.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Name, s.ID, s.Age).Where(s.ID.In(1, 4)).OrderBy(s.ID.Asc())
		}, "Ann|1|30", "Dee|4|NULL"),
		query("label", "A label names a column.", func(s *staff) *expr.Select { return expr.NewSelect(s.Name.As("who")).Where(s.ID.Eq(1)) }, "Ann"),
		query("order by descending", "The largest comes first.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).OrderBy(s.ID.Desc())
		}, "6", "5", "4", "3", "2", "1"),
		query("order by several", "The second term decides where the first is equal.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).Where(s.Age.IsNotNull()).OrderBy(s.Age.Asc(), s.ID.Desc())
		}, "5", "3", "1", "2", "6"),
		query("nulls first", "NULLs come first where that is asked for.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).OrderBy(s.Age.Asc().First(), s.ID.Asc())
		}, "4", "5", "1", "3", "2", "6"),
		query("nulls last", "NULLs come last where that is asked for.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).OrderBy(s.Age.Desc().Last(), s.ID.Asc())
		}, "6", "2", "1", "3", "5", "4"),
		query("nulls first descending", "NULLs come first also in descending order.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).OrderBy(s.Age.Desc().First(), s.ID.Asc())
		}, "4", "6", "2", "1", "3", "5"),
		query("order by an expression", "The order may be computed.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).Where(s.Age.IsNotNull()).OrderBy(s.Age.Neg().Asc(), s.ID.Asc())
		}, "6", "2", "1", "3", "5"),
		query("limit", "At most so many rows come.", func(s *staff) *expr.Select { return s.ids().Limit(2) }, "1", "2"),
		query("limit of zero", "A limit of 0 gives nothing.", func(s *staff) *expr.Select { return s.ids().Limit(0) }),
		query("limit and offset", "OFFSET skips rows.", func(s *staff) *expr.Select { return s.ids().Limit(2).Offset(3) }, "4", "5"),
		query("offset alone", "OFFSET needs no LIMIT.", func(s *staff) *expr.Select { return s.ids().Offset(4) }, "5", "6"),
		query("offset beyond the end", "OFFSET may go past the last row.", func(s *staff) *expr.Select { return s.ids().Limit(5).Offset(100) }),
		query("distinct", "Equal rows come once.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Pay).Distinct().Where(s.Pay.IsNotNull()).OrderBy(s.Pay.Asc())
		}, "0.01", "7.25", "55", "80", "100.5"),
		query("group by", "One row a group.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.CityID, expr.CountAll()).Where(s.CityID.IsNotNull()).GroupBy(s.CityID).OrderBy(s.CityID.Asc())
		}, "1|2", "2|2"),
		query("group of NULL", "NULLs are one group.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.CityID, expr.CountAll()).GroupBy(s.CityID).OrderBy(s.CityID.Asc().First())
		}, "NULL|2", "1|2", "2|2"),
		query("having", "Groups are chosen.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Pay).GroupBy(s.Pay).Having(expr.CountAll().Gt(1)).OrderBy(s.Pay.Asc())
		}, "80"),
		query("count", "count(x) passes over NULLs, count(*) does not.", func(s *staff) *expr.Select {
			return expr.NewSelect(expr.CountAll(), expr.Count(s.Age), expr.CountDistinct(s.Age)).From(s.table)
		}, "6|5|4"),
		query("min and max", "The smallest and largest of a group.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Age.Min(), s.Age.Max(), s.Pay.Max())
		}, "-7|99|100.5"),
		query("aggregate of nothing", "min of no rows is NULL, count is 0.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Age.Min(), expr.CountAll()).Where(s.ID.Gt(100))
		}, "NULL|0"),
		query("no rows", "A condition that nothing meets gives nothing.", func(s *staff) *expr.Select { return s.ids(s.ID.Gt(100)) }),
	}
}

func joinTests() []test {
	return []test{
		query("join", "Rows with a partner come.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Name, s.CityName).From(s.table).Join(s.city, s.CityID.EqExpr(s.CityKey)).OrderBy(s.ID.Asc())
		}, "Ann|Rome", "Bob|Rome", "Cyd|Oslo", "Eve|Oslo"),
		query("left join", "Rows without a partner come too.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Name, s.CityName).From(s.table).LeftJoin(s.city, s.CityID.EqExpr(s.CityKey)).Where(s.ID.Le(4)).OrderBy(s.ID.Asc())
		}, "Ann|Rome", "Bob|Rome", "Cyd|Oslo", "Dee|NULL"),
		query("right join", "Rows of the right side without a partner come too.", func(s *staff) *expr.Select {
			j := &expr.Join{Kind: expr.RightJoin, L: s.table, R: s.city, On: expr.Unwrap(s.CityID.EqExpr(s.CityKey))}
			return expr.NewSelect(s.CityName, expr.Count(s.ID)).From(j).GroupBy(s.CityName).OrderBy(s.CityName.Asc())
		}, "Bonn|0", "Oslo|2", "Rome|2"),
		needing(query("full join", "Rows of both sides without a partner come.", func(s *staff) *expr.Select {
			j := &expr.Join{Kind: expr.FullJoin, L: s.table, R: s.city, On: expr.Unwrap(s.CityID.EqExpr(s.CityKey))}
			return expr.NewSelect(s.Name, s.CityName).From(j).Where(s.ID.IsNull().Or(s.CityKey.IsNull())).OrderBy(s.ID.Asc().First())
		}, "NULL|Bonn", "Dee|NULL", "100%_/x|NULL"), fullJoin),
		query("cross join", "Every pair comes.", func(s *staff) *expr.Select {
			return expr.NewSelect(expr.CountAll()).From(&expr.Join{Kind: expr.CrossJoin, L: s.table, R: s.city})
		}, "18"),
		query("two sources", "Sources beside each other are every pair.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Name, s.CityName).Where(s.CityID.EqExpr(s.CityKey), s.ID.Lt(3)).OrderBy(s.ID.Asc())
		}, "Ann|Rome", "Bob|Rome"),
		query("join with a condition", "What ON says about one side keeps the other's rows.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID, s.CityName).From(s.table).LeftJoin(s.city, s.CityID.EqExpr(s.CityKey), s.CityName.Eq("Oslo")).
				Where(s.ID.Le(3)).OrderBy(s.ID.Asc())
		}, "1|NULL", "2|NULL", "3|Oslo"),
		query("self join", "A table is joined with itself under another name.", func(s *staff) *expr.Select {
			boss := &expr.Alias{Of: s.table, Name: "boss"}
			bossID := expr.NewNum[int64](&expr.Column{From: boss, Name: "id", Codec: s.ID.Codec()}, s.ID.Codec())
			bossName := &expr.Column{From: boss, Name: "name", Codec: s.Name.Codec()}
			return expr.NewSelect(s.Name, bossName).From(s.table).Join(boss, s.Boss.EqExpr(bossID)).OrderBy(s.ID.Asc())
		}, "Bob|Ann", "Cyd|Ann", "Dee|Bob", "Eve|Bob"),
		query("three sources", "Joins go on.", func(s *staff) *expr.Select {
			boss := &expr.Alias{Of: s.table, Name: "boss"}
			bossID := expr.NewNum[int64](&expr.Column{From: boss, Name: "id", Codec: s.ID.Codec()}, s.ID.Codec())
			bossName := &expr.Column{From: boss, Name: "name", Codec: s.Name.Codec()}
			return expr.NewSelect(s.Name, bossName, s.CityName).From(s.table).Join(boss, s.Boss.EqExpr(bossID)).
				LeftJoin(s.city, s.CityID.EqExpr(s.CityKey)).OrderBy(s.ID.Asc())
		}, "Bob|Ann|Rome", "Cyd|Ann|Oslo", "Dee|Bob|NULL", "Eve|Bob|Oslo"),
	}
}

func subqueryTests() []test {
	return []test{
		query("in a SELECT", "A value is among those of a query.", func(s *staff) *expr.Select {
			return s.ids(s.CityID.InSelect(expr.NewSelect(s.CityKey).Where(s.CityName.Eq("Oslo"))))
		}, "3", "5"),
		query("not in a SELECT", "A value is not among those of a query.", func(s *staff) *expr.Select {
			return s.ids(s.CityID.NotInSelect(expr.NewSelect(s.CityKey).Where(s.CityName.Eq("Oslo"))))
		}, "1", "2"),
		query("not in a SELECT with NULL", "Beside a NULL nothing is known not to be in a query.", func(s *staff) *expr.Select {
			return s.ids(s.ID.NotInSelect(expr.NewSelect(s.CityID)))
		}),
		query("exists", "A row exists that belongs to the outer one.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.CityName).Where(expr.Exists(expr.NewSelect(s.ID).From(s.table).Where(s.CityID.EqExpr(s.CityKey)))).OrderBy(s.CityName.Asc())
		}, "Oslo", "Rome"),
		query("not exists", "No row exists that belongs to the outer one.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.CityName).Where(expr.Exists(expr.NewSelect(s.ID).From(s.table).Where(s.CityID.EqExpr(s.CityKey))).Not())
		}, "Bonn"),
		query("scalar subquery", "A query is a value.", func(s *staff) *expr.Select {
			inner := &expr.Subquery{Select: expr.NewSelect(expr.CountAll()).From(s.table).Where(s.CityID.EqExpr(s.CityKey))}
			return expr.NewSelect(s.CityName, inner).From(s.city).OrderBy(s.CityName.Asc())
		}, "Bonn|0", "Oslo|2", "Rome|2"),
		query("derived table", "A query stands in FROM.", func(s *staff) *expr.Select {
			inner := expr.NewSelect(s.CityID, expr.CountAll().As("n")).Where(s.CityID.IsNotNull()).GroupBy(s.CityID)
			d := &expr.Derived{Select: inner, Name: "grouped"}
			codec := s.ID.Codec()
			key := expr.NewNum[int64](&expr.Column{From: d, Name: "city_id", Codec: codec}, codec)
			return expr.NewSelect(s.CityName, &expr.Column{From: d, Name: "n", Codec: codec}).From(s.city).Join(d, key.EqExpr(s.CityKey)).OrderBy(s.CityName.Asc())
		}, "Oslo|2", "Rome|2"),
		query("limited subquery", "A query in FROM has a limit of its own.", func(s *staff) *expr.Select {
			d := &expr.Derived{Select: expr.NewSelect(s.ID).OrderBy(s.ID.Desc()).Limit(2), Name: "last"}
			col := &expr.Column{From: d, Name: "id", Codec: s.ID.Codec()}
			return expr.NewSelect(col).From(d).OrderBy(expr.Order{X: col})
		}, "5", "6"),
	}
}

func lockRows(c *T) {
	s := c.staff()
	tx := c.begin(engine.TxOptions{})
	c.wantRows(tx, s.ids(s.ID.Eq(1)).Locking(expr.Lock{Strength: expr.ForUpdate}), "1")
	c.wantRows(tx, s.ids(s.ID.Eq(2)).Locking(expr.Lock{Strength: expr.ForShare}), "2")
	c.commit(tx)
}

func skipLocked(c *T) {
	s := c.staff()
	tx, other := c.begin(engine.TxOptions{}), c.begin(engine.TxOptions{})
	c.wantRows(tx, s.ids(s.ID.Eq(1)).Locking(expr.Lock{Strength: expr.ForUpdate}), "1")
	lock := expr.Lock{Strength: expr.ForUpdate, Wait: expr.SkipLocked}
	c.wantRows(other, s.ids(s.ID.In(1, 2)).Locking(lock), "2")
	c.commit(tx)
	c.commit(other)
}

func noWait(c *T) {
	s := c.staff()
	tx, other := c.begin(engine.TxOptions{}), c.begin(engine.TxOptions{})
	c.wantRows(tx, s.ids(s.ID.Eq(1)).Locking(expr.Lock{Strength: expr.ForUpdate}), "1")
	_, err := other.Exec(c.Context(), s.ids(s.ID.Eq(1)).Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.NoWait}))
	c.wantIs(err, errLockTimeout)
	c.rollback(other)
	c.commit(tx)
}

func parameters(c *T) {
	s := c.staff()
	q := expr.NewSelect(s.Name).Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: expr.Unwrap(s.ID), R: &expr.Param{Index: 0, Type: bigInt}}))
	for i, want := range []string{"Ann", "Bob", "Cyd"} {
		got, err := engine.Scalar[string](c.Context(), c.engine, q, sqltype.Int64Value(int64(i+1)))
		if err != nil || got != want {
			c.Errorf("parameter %d: got %q, %v, want %q", i+1, got, err, want)
		}
	}
	if _, err := c.engine.Exec(c.Context(), q); err == nil {
		c.Error("a statement without its parameter was sent")
	}
}

func rawText(c *T) {
	c.staff()
	q := expr.SQL("SELECT name FROM dt_staff WHERE id = :id AND name <> ':id' -- :id", expr.Named("id", int64(2)))
	got, err := engine.Scalar[string](c.Context(), c.engine, q)
	if err != nil || got != "Bob" {
		c.Errorf("got %q, %v, want Bob", got, err)
	}
	hostile := "x' OR '1'='1"
	n, err := engine.Scalar[int64](c.Context(), c.engine, expr.SQL("SELECT count(*) FROM dt_staff WHERE name = :n", expr.Named("n", hostile)))
	if err != nil || n != 0 {
		c.Errorf("got %d, %v, want 0", n, err)
	}
}

func leftEarly(c *T) {
	s := c.staff()
	conn := c.conn()
	for range 3 {
		r, err := conn.Query(c.Context(), s.ids())
		if err != nil {
			c.Fatal(err)
		}
		if !r.Next() {
			c.Fatal("no row")
		}
		if err := r.Close(); err != nil {
			c.Fatal(err)
		}
		c.wantRows(conn, s.ids(s.ID.Eq(2)), "2")
	}
}

func largeResult(c *T) {
	const n = 10000
	t := c.table("dt_large", id(), column("name", text))
	c.insertNamed(t, n)
	r, err := c.engine.Query(c.Context(), expr.NewSelect(t.C("id"), t.C("name")).OrderBy(num(t, "id").Asc()))
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	i := 0
	for ; r.Next(); i++ {
		if got, want := line(r), fmt.Sprintf("%d|n%d", i+1, i); got != want {
			c.Fatalf("row %d: got %s, want %s", i, got, want)
		}
	}
	if err := r.Close(); err != nil || i != n {
		c.Errorf("got %d rows, %v, want %d", i, err, n)
	}
}

func immutable(c *T) {
	s := c.staff()
	base := expr.NewSelect(s.ID).Where(s.ID.Lt(5)).OrderBy(s.ID.Asc())
	a, b := base.Where(s.Active), base.Where(s.Active.Not()).Limit(1)
	c.wantRows(c.engine, a, "1", "3", "4")
	c.wantRows(c.engine, b, "2")
	c.wantRows(c.engine, base, "1", "2", "3", "4")
}

func sameShape(c *T) {
	s := c.staff()
	for i, want := range []string{"Ann", "Bob", "Cyd", "Dee"} {
		c.wantRows(c.engine, expr.NewSelect(s.Name).Where(s.ID.Eq(int64(i+1))), want)
	}
	c.wantRows(c.engine, s.ids(s.ID.In(1, 2)), "1", "2")
	c.wantRows(c.engine, s.ids(s.ID.In(1, 2, 3)), "1", "2", "3")
	c.wantRows(c.engine, s.ids(s.ID.Eq(1).Or(s.ID.Eq(1))), "1")
	c.wantRows(c.engine, s.ids(s.ID.Eq(1).Or(s.ID.Eq(2))), "1", "2")
}
