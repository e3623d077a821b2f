package dialecttest

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	distinctOn    = need{"DISTINCT ON", func(c *T) bool { return c.rules.Query.DistinctOn }}
	lateral       = need{"LATERAL or APPLY", func(c *T) bool { return c.rules.Query.Lateral != 0 }}
	withTies      = need{"FETCH WITH TIES", func(c *T) bool { return c.rules.Query.Fetch != nil }}
	valuesSource  = need{"VALUES in FROM", func(c *T) bool { return c.rules.Query.Values != nil }}
	groupSets     = need{"GROUP BY of several groupings", func(c *T) bool { return c.rules.Query.GroupSets != 0 }}
	frameGroups   = need{"frames of groups", func(c *T) bool { return c.rules.Query.Frames.Groups }}
	frameExcludes = need{"EXCLUDE in a frame", func(c *T) bool { return c.rules.Query.Frames.Exclude }}
	frameDistance = need{"frames of a distance", func(c *T) bool { return c.rules.Query.Frames.Distance }}
	changingCTE   = need{"CTEs that change rows", func(c *T) bool { return c.rules.Query.With.Changes }}
	materialized  = need{"MATERIALIZED", func(c *T) bool { return c.rules.Query.With.Materialized }}
	withinGroup   = need{"WITHIN GROUP", func(c *T) bool { return c.rules.Query.WithinGroup }}
)

// setOp needs a set operation.
func setOp(op expr.SetOp, name string) need {
	return need{name, func(c *T) bool { return c.rules.Query.SetWords[op] != "" }}
}

// queryTests are of what a query has beside its plain clauses.
func queryTests() []test {
	return slices.Concat(setTests(), cteTests(), changingCTETests(), windowTests(), frameTests(), aggregateTests(), sourceTests())
}

// compound is a test of the rows of a set operation.
func compound(name, doc string, q func(s *staff) *expr.Compound, want ...string) test {
	return test{name: name, doc: doc, run: func(c *T) { c.wantRows(c.engine, q(c.staff()), want...) }}
}

// ages selects the ages of the rows that meet the conditions.
func (s *staff) ages(ps ...expr.Predicate) *expr.Select { return expr.NewSelect(s.Age).Where(ps...) }

func setTests() []test {
	by := func(s *staff) expr.Order { return s.ID.Asc() }
	first := func(s *staff) *expr.Select { return expr.NewSelect(s.ID).Where(s.ID.Le(3)) }
	last := func(s *staff) *expr.Select { return expr.NewSelect(s.ID).Where(s.ID.Ge(3)) }
	return []test{
		compound("union", "Rows of both come once.", func(s *staff) *expr.Compound { return expr.Union(first(s), last(s)).OrderBy(by(s)) },
			"1", "2", "3", "4", "5", "6"),
		compound("union all", "Rows of both come as often as they are there.", func(s *staff) *expr.Compound {
			return expr.UnionAll(first(s), last(s)).OrderBy(by(s))
		}, "1", "2", "3", "3", "4", "5", "6"),
		needing(compound("intersect", "Rows come that both have.", func(s *staff) *expr.Compound { return expr.Intersect(first(s), last(s)) }, "3"),
			setOp(expr.IntersectOp, "INTERSECT")),
		needing(compound("except", "Rows come that the second lacks.", func(s *staff) *expr.Compound {
			return expr.Except(first(s), last(s)).OrderBy(by(s))
		}, "1", "2"), setOp(expr.ExceptOp, "EXCEPT")),
		needing(compound("intersect all", "A row comes as often as both have it.", func(s *staff) *expr.Compound {
			return expr.IntersectAll(s.ages(s.Age.Eq(30)), s.ages(s.ID.Le(2)))
		}, "30"), setOp(expr.IntersectAllOp, "INTERSECT ALL")),
		needing(compound("except all", "A row comes as often as the first has it more.", func(s *staff) *expr.Compound {
			return expr.ExceptAll(s.ages(s.Age.Eq(30)), s.ages(s.ID.Eq(1)))
		}, "30"), setOp(expr.ExceptAllOp, "EXCEPT ALL")),
		compound("union takes NULL for NULL", "Two NULLs are one row.", func(s *staff) *expr.Compound {
			return expr.Union(s.ages(s.ID.Eq(4)), s.ages(s.ID.Eq(4)))
		}, "NULL"),
		needing(compound("grouped to the right", "Operations are grouped as they are nested.", func(s *staff) *expr.Compound {
			return expr.Except(first(s), expr.Union(s.ids(s.ID.Eq(1)), s.ids(s.ID.Eq(9)))).OrderBy(by(s))
		}, "2", "3"), setOp(expr.ExceptOp, "EXCEPT")),
		needing(compound("grouped to the left", "Operations are grouped as they are nested.", func(s *staff) *expr.Compound {
			return expr.Union(expr.Except(first(s), s.ids(s.ID.Eq(1))), s.ids(s.ID.Eq(1))).OrderBy(by(s))
		}, "1", "2", "3"), setOp(expr.ExceptOp, "EXCEPT")),
		compound("members with limits", "A member has an order and a limit of its own.", func(s *staff) *expr.Compound {
			return expr.UnionAll(s.ids().Limit(2), expr.NewSelect(s.ID).OrderBy(s.ID.Desc()).Limit(1)).OrderBy(by(s))
		}, "1", "2", "6"),
		compound("limit of the whole", "The limit is of all rows together.", func(s *staff) *expr.Compound {
			return expr.UnionAll(first(s), last(s)).OrderBy(by(s)).Limit(2).Offset(3)
		}, "3", "4"),
		query("union in FROM", "A set operation is a source.", func(s *staff) *expr.Select {
			u := expr.NewDerived("u", expr.UnionAll(first(s), last(s)))
			return expr.NewSelect(expr.CountAll()).From(u)
		}, "7"),
		query("union in IN", "A value is among those of a set operation.", func(s *staff) *expr.Select {
			return s.ids(s.ID.InSelect(expr.NewSelect(s.ID.Of(expr.NewDerived("u", expr.Union(s.ids(s.ID.Eq(2)), s.ids(s.ID.Eq(5))))))))
		}, "2", "5"),
	}
}

func cteTests() []test {
	count := func(s *staff, limit int64, next func(n expr.Num[int64]) expr.Num[int64]) *expr.CTE {
		n := s.ID.As("n")
		return expr.Recursive("counted", expr.NewSelect(n).Where(s.ID.Eq(1)), func(self *expr.CTE) expr.Query {
			return expr.NewSelect(next(n.Of(self))).Where(n.Of(self).Lt(limit))
		})
	}
	return []test{
		query("CTE", "A query that has a name is a source.", func(s *staff) *expr.Select {
			c := expr.NewCTE("young", expr.NewSelect(s.ID, s.Name).Where(s.Age.Lt(40)))
			return expr.NewSelect(s.Name.Of(c)).OrderBy(s.ID.Of(c).Asc())
		}, "Ann", "Cyd", "Eve"),
		query("CTE with names of columns", "The columns have the names that they are given.", func(s *staff) *expr.Select {
			c := expr.NewCTE("named", expr.NewSelect(s.ID, s.Name), expr.CTEColumns("k", "v"))
			return expr.NewSelect(expr.TextColumn(c, "v")).Where(expr.NumColumn[int64](c, "k").Eq(2))
		}, "Bob"),
		query("CTE that is used twice", "A CTE is joined with itself.", func(s *staff) *expr.Select {
			c := expr.NewCTE("pairs", expr.NewSelect(s.ID, s.Boss))
			other := expr.NewAlias(c, "other")
			return expr.NewSelect(s.ID.Of(c), s.ID.Of(other)).From(c).Join(other, s.Boss.Of(c).EqExpr(s.ID.Of(other))).OrderBy(s.ID.Of(c).Asc())
		}, "2|1", "3|1", "4|2", "5|2"),
		query("CTE of a CTE", "A CTE selects from another.", func(s *staff) *expr.Select {
			a := expr.NewCTE("a", expr.NewSelect(s.ID, s.Age).Where(s.Age.Gt(0)))
			b := expr.NewCTE("b", expr.NewSelect(s.ID.Of(a)).Where(s.Age.Of(a).Gt(40)))
			return expr.NewSelect(s.ID.Of(b)).OrderBy(s.ID.Of(b).Asc())
		}, "2", "6"),
		query("CTE of values and conditions", "Values of a CTE are bound in their order.", func(s *staff) *expr.Select {
			c := expr.NewCTE("c", expr.NewSelect(s.ID, s.Name).Where(s.ID.Gt(1), s.Name.Ne("Eve")))
			return expr.NewSelect(s.ID.Of(c)).Where(s.ID.Of(c).Lt(6), s.Name.Of(c).Ne("Cyd")).OrderBy(s.ID.Of(c).Asc())
		}, "2", "4"),
		query("recursive CTE", "A CTE counts by selecting from itself.", func(s *staff) *expr.Select {
			c := count(s, 5, func(n expr.Num[int64]) expr.Num[int64] { return n.Add(1) })
			return expr.NewSelect(s.ID.As("n").Of(c)).OrderBy(s.ID.As("n").Of(c).Asc())
		}, "1", "2", "3", "4", "5"),
		query("recursive CTE of a tree", "A CTE walks up a tree.", func(s *staff) *expr.Select {
			up := expr.Recursive("above", expr.NewSelect(s.ID, s.Boss).Where(s.ID.Eq(4)), func(self *expr.CTE) expr.Query {
				return expr.NewSelect(s.ID, s.Boss).From(s.table, self).Where(s.ID.EqExpr(s.Boss.Of(self)))
			})
			return expr.NewSelect(s.ID.Of(up)).OrderBy(s.ID.Of(up).Asc())
		}, "1", "2", "4"),
		query("recursive CTE of distinct rows", "A CTE whose rows repeat ends where it gives each row once.", func(s *staff) *expr.Select {
			n := s.ID.As("n")
			c := expr.RecursiveDistinct("around", expr.NewSelect(n).Where(s.ID.Eq(1)), func(self *expr.CTE) expr.Query {
				return expr.NewSelect(n.Of(self).Add(1).Mod(3))
			})
			return expr.NewSelect(n.Of(c)).OrderBy(n.Of(c).Asc())
		}, "0", "1", "2"),
		needing(query("materialized CTE", "What is said of keeping a CTE's rows changes none.", func(s *staff) *expr.Select {
			a := expr.NewCTE("a", s.ids(s.ID.Le(2)), expr.Materialized())
			b := expr.NewCTE("b", s.ids(s.ID.Ge(2)), expr.NotMaterialized())
			return expr.NewSelect(s.ID.Of(a)).From(a, b).Where(s.ID.Of(a).EqExpr(s.ID.Of(b)))
		}, "2"), materialized),
	}
}

func changingCTETests() []test {
	return []test{
		{name: "CTE of an UPDATE and a DELETE", doc: "A CTE, one of a CTE and a recursive one too, says which rows change.", run: changedByCTE},
		{name: "CTE that changes rows", doc: "The rows that a CTE deleted are its own.", needs: []need{changingCTE}, run: func(c *T) {
			t := c.items("a", "b")
			gone := expr.NewCTE("gone", expr.NewDelete(t).Where(str(t, "note").Eq("a")).Returning(t.C("note")))
			c.wantRows(c.engine, expr.NewSelect(expr.TextColumn(gone, "note")), "a")
			c.wantRows(c.engine, notes(t), "b")
		}},
	}
}

func changedByCTE(c *T) {
	t := c.items("a", "b", "c", "d")
	id, note := num(t, "id"), str(t, "note")
	exec := func(s expr.Statement) { c.Helper(); c.exec(c.engine, s) }
	ends := expr.NewCTE("ends", expr.NewSelect(id, note).Where(note.In("b", "d")))
	last := expr.NewCTE("last", expr.NewSelect(id.Of(ends).Max().As("id")).From(ends))
	exec(expr.NewUpdate(t).Set(note.Set("e")).Where(id.InSelect(expr.NewSelect(id.Of(last)).From(last))))
	c.wantRows(c.engine, notes(t), "a", "b", "c", "e")
	other := expr.NewAlias(ends, "other")
	exec(expr.NewUpdate(t).From(other).Set(note.SetExpr(note.Of(other).Concat("!"))).Where(id.EqExpr(id.Of(other))))
	c.wantRows(c.engine, notes(t), "a", "b!", "c", "e")
	n := id.As("n")
	upTo := expr.Recursive("up", expr.NewSelect(n).Where(note.Eq("a")), func(self *expr.CTE) expr.Query {
		return expr.NewSelect(n.Of(self).Add(1)).Where(n.Of(self).Lt(3))
	})
	exec(expr.NewDelete(t).Where(id.InSelect(expr.NewSelect(n.Of(upTo)).From(upTo))))
	c.wantRows(c.engine, notes(t), "e")
}

func windowTests() []test {
	by := func(s *staff) expr.Window { return expr.WindowOrder(s.Pay.Desc()) }
	over := func(name, doc string, x func(s *staff) expr.Expression, want ...string) test {
		return query(name, doc, func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID, x(s)).From(s.table).Where(s.Age.IsNotNull()).OrderBy(s.ID.Asc())
		}, want...)
	}
	byID := func(s *staff) expr.Window { return expr.WindowOrder(s.ID.Asc()) }
	return []test{
		over("row number", "Rows are numbered.", func(s *staff) expr.Expression { return expr.RowNumber().Over(expr.WindowOrder(s.ID.Desc())) },
			"1|5", "2|4", "3|3", "5|2", "6|1"),
		over("rank", "Equal rows have one rank, and leave a gap.", func(s *staff) expr.Expression { return expr.Rank().Over(by(s)) }, "1|1", "2|2", "3|2", "5|5", "6|4"),
		over("dense rank", "Equal rows have one rank, without a gap.", func(s *staff) expr.Expression { return expr.DenseRank().Over(by(s)) },
			"1|1", "2|2", "3|2", "5|4", "6|3"),
		over("percent rank", "A rank is told as a part of all.", func(s *staff) expr.Expression { return expr.PercentRank().Over(by(s)) },
			"1|0", "2|0.25", "3|0.25", "5|1", "6|0.75"),
		over("cume dist", "The part of the rows that come no later is told.", func(s *staff) expr.Expression { return expr.CumeDist().Over(byID(s)) },
			"1|0.2", "2|0.4", "3|0.6", "5|0.8", "6|1"),
		over("ntile", "Rows are dealt out.", func(s *staff) expr.Expression { return expr.NTile(2).Over(byID(s)) }, "1|1", "2|1", "3|1", "5|2", "6|2"),
		over("lag", "A row sees one before it.", func(s *staff) expr.Expression { return expr.Lag(s.Age, 1).Over(byID(s)) }, "1|NULL", "2|30", "3|41", "5|30", "6|-7"),
		over("lead", "A row sees one behind it.", func(s *staff) expr.Expression { return expr.Lead(s.Age, 2).Over(byID(s)) }, "1|30", "2|-7", "3|99", "5|NULL", "6|NULL"),
		over("first value", "A row sees the first of its window.", func(s *staff) expr.Expression { return expr.FirstValue(s.Name).Over(byID(s)) },
			"1|Ann", "2|Ann", "3|Ann", "5|Ann", "6|Ann"),
		over("last value", "A row sees the last of its frame.", func(s *staff) expr.Expression {
			return expr.LastValue(s.Name).Over(byID(s).Rows(expr.CurrentRow(), expr.UnboundedFollowing()))
		}, "1|100%_/x", "2|100%_/x", "3|100%_/x", "5|100%_/x", "6|100%_/x"),
		over("nth value", "A row sees the n-th of its frame, once that is there.", func(s *staff) expr.Expression { return expr.NthValue(s.Age, 2).Over(byID(s)) },
			"1|NULL", "2|41", "3|41", "5|41", "6|41"),
		over("partition", "Each group has a window of its own.", func(s *staff) expr.Expression { return expr.CountAll().Over(expr.PartitionBy(s.Active)) },
			"1|2", "2|3", "3|2", "5|3", "6|3"),
		over("empty window", "A window without a word is all rows.", func(*staff) expr.Expression { return expr.CountAll().Over() }, "1|5", "2|5", "3|5", "5|5", "6|5"),
		query("named window", "Two functions share a window.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID, expr.Rank().Over(expr.WindowNamed("w")), expr.CountAll().Over(expr.WindowNamed("w"))).From(s.table).
				Window("w", expr.WindowOrder(s.ID.Asc())).Where(s.ID.Le(2)).OrderBy(s.ID.Asc())
		}, "1|1|1", "2|2|2"),
		query("order by a window function", "A window function orders the rows.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).Where(s.ID.Le(3)).OrderBy(expr.RowNumber().Over(expr.WindowOrder(s.ID.Desc())).Asc())
		}, "3", "2", "1"),
	}
}

func frameTests() []test {
	sum := func(name string, w func(s *staff) expr.Window, want ...string) test {
		return query(name, "A sum is of the rows of its frame.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID, expr.CountAll().Over(w(s))).From(s.table).Where(s.ID.Le(4)).OrderBy(s.ID.Asc())
		}, want...)
	}
	byID := func(s *staff) expr.Window { return expr.WindowOrder(s.ID.Asc()) }
	byPay := func(s *staff) expr.Window { return expr.WindowOrder(s.Pay.Asc()) }
	return []test{
		sum("rows between", func(s *staff) expr.Window { return byID(s).Rows(expr.Preceding(1), expr.Following(1)) }, "1|2", "2|3", "3|3", "4|2"),
		sum("rows from the start", func(s *staff) expr.Window { return byID(s).Rows(expr.UnboundedPreceding(), expr.CurrentRow()) }, "1|1", "2|2", "3|3", "4|4"),
		sum("rows before", func(s *staff) expr.Window { return byID(s).Rows(expr.Preceding(2), expr.Preceding(1)) }, "1|0", "2|1", "3|2", "4|2"),
		sum("range to the end", func(s *staff) expr.Window { return byPay(s).Range(expr.CurrentRow(), expr.UnboundedFollowing()) }, "1|1", "2|3", "3|3", "4|4"),
		needing(sum("range of a distance", func(s *staff) expr.Window { return byID(s).Range(expr.Preceding(1), expr.CurrentRow()) }, "1|1", "2|2", "3|2", "4|2"), frameDistance),
		needing(sum("groups", func(s *staff) expr.Window { return byPay(s).Groups(expr.Preceding(1), expr.CurrentRow()) }, "1|3", "2|3", "3|3", "4|1"), frameGroups),
		needing(sum("without the current row", func(s *staff) expr.Window {
			return byID(s).Rows(expr.UnboundedPreceding(), expr.UnboundedFollowing()).Exclude(expr.ExcludeCurrentRow)
		}, "1|3", "2|3", "3|3", "4|3"), frameExcludes),
	}
}

func aggregateTests() []test {
	one := func(name, doc string, x func(s *staff) expr.Expression, want string) test {
		return query(name, doc, func(s *staff) *expr.Select { return expr.NewSelect(x(s)).From(s.table) }, want)
	}
	return []test{
		one("sum", "A sum passes over NULL.", func(s *staff) expr.Expression { return expr.SumOf(s.Age) }, "193"),
		one("sum of decimals", "A sum of decimals is exact.", func(s *staff) expr.Expression { return expr.SumOf(s.Pay) }, "322.76"),
		one("average", "An average is of the values that are there.", func(s *staff) expr.Expression { return expr.Avg[sqltype.Decimal](s.ID) }, "3.5"),
		one("count of values", "NULL is not counted.", func(s *staff) expr.Expression { return expr.Count(s.Age) }, "5"),
		one("count of distinct values", "Values are counted once.", func(s *staff) expr.Expression { return expr.CountDistinct(s.Age) }, "4"),
		one("filter", "An aggregate is of the rows that meet its condition.", func(s *staff) expr.Expression { return expr.CountAll().Filter(s.Active) }, "3"),
		one("filter of a sum", "A sum is of the rows that meet its condition.", func(s *staff) expr.Expression { return expr.SumOf(s.ID).Filter(s.Age.Gt(30)) }, "8"),
		one("text in one", "Texts are joined in an order.", func(s *staff) expr.Expression {
			return expr.StringAgg(s.Name, ", ").OrderedBy(s.ID.Asc()).Filter(s.ID.Le(3))
		}, "Ann, Bob, Cyd"),
		needing(query("within group", "An aggregate of ordered rows.", func(s *staff) *expr.Select {
			return expr.NewSelect(expr.AsNum(expr.Fn[float64]("percentile_cont", expr.Value(0.5))).WithinGroup(s.ID.Asc())).From(s.table)
		}, "3.5"), withinGroup),
		needing(query("rollup", "The sum of groups comes with them.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Active, expr.CountAll()).GroupBy(expr.Rollup(s.Active)).Having(expr.CountAll().Gt(3))
		}, "NULL|6"), groupSets),
		query("having an aggregate that is not selected", "Groups are chosen by another aggregate.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.CityID).GroupBy(s.CityID).Having(expr.SumOf(s.ID).Gt(5)).OrderBy(s.CityID.Asc().First())
		}, "NULL", "2"),
		query("group by an expression", "Rows with one value of an expression are a group.", func(s *staff) *expr.Select {
			odd := s.ID.Mod(2)
			return expr.NewSelect(odd, expr.CountAll()).GroupBy(odd).OrderBy(odd.Asc())
		}, "0|3", "1|3"),
	}
}

func sourceTests() []test {
	return []test{
		needing(query("VALUES", "Rows that are written in the statement are a source.", func(*staff) *expr.Select {
			v := expr.NewValues("v", []string{"n", "t"}, expr.Row(expr.Value(int64(1)), expr.Value("a")), expr.Row(expr.Value(int64(2)), expr.Value("b")))
			n := expr.NumColumn[int64](v, "n")
			return expr.NewSelect(n, expr.TextColumn(v, "t")).OrderBy(n.Desc())
		}, "2|b", "1|a"), valuesSource),
		needing(query("VALUES joined", "Rows of the statement are joined with those of a table.", func(s *staff) *expr.Select {
			v := expr.NewValues("v", []string{"n"}, expr.Row(expr.Value(int64(5))), expr.Row(expr.Value(int64(7))))
			return expr.NewSelect(s.Name).From(s.table).Join(v, s.ID.EqExpr(expr.NumColumn[int64](v, "n")))
		}, "Eve"), valuesSource),
		needing(query("lateral", "A query in FROM sees the row beside it.", func(s *staff) *expr.Select {
			l := expr.NewLateral("oldest", expr.NewSelect(s.Name).From(s.table).Where(s.CityID.EqExpr(s.CityKey), s.Age.IsNotNull()).OrderBy(s.Age.Desc()).Limit(1))
			return expr.NewSelect(s.CityName, s.Name.Of(l)).From(s.city).LeftJoin(l, expr.All()).OrderBy(s.CityName.Asc())
		}, "Bonn|NULL", "Oslo|Cyd", "Rome|Bob"), lateral),
		needing(query("distinct on", "The first row of each group comes.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.ID).DistinctOn(s.Active).OrderBy(s.Active.Asc(), s.ID.Desc())
		}, "6", "4"), distinctOn),
		needing(query("limit with ties", "Rows that are equal to the last come as well.", func(s *staff) *expr.Select {
			return expr.NewSelect(s.Pay).OrderBy(s.Pay.Desc()).LimitWithTies(2)
		}, "100.5", "80", "80"), withTies),
		query("limit by an expression", "A limit is bound like any value.", func(s *staff) *expr.Select {
			return s.ids().LimitExpr(expr.Value(int64(2))).OffsetExpr(expr.Value(int64(1)))
		}, "2", "3"),
		query("table of no metadata", "A table that is told by name alone is a source.", func(s *staff) *expr.Select {
			t := expr.NewNamedTable(s.table.Name)
			return expr.NewSelect(expr.TextColumn(t, "name")).Where(expr.NumColumn[int64](t, "id").Eq(3))
		}, "Cyd"),
		query("raw SQL in FROM", "Text is a source, with its values.", func(*staff) *expr.Select {
			x := expr.FromSQL("x", expr.SQL("SELECT id AS k FROM dt_staff WHERE id > :least", expr.Named("least", int64(4))))
			k := expr.NumColumn[int64](x, "k")
			return expr.NewSelect(k).OrderBy(k.Asc())
		}, "5", "6"),
		query("correlated scalar in ORDER BY", "A query orders the rows.", func(s *staff) *expr.Select {
			n := expr.NumOfQuery[int64](expr.NewSelect(expr.CountAll()).From(s.table).Where(s.CityID.EqExpr(s.CityKey)))
			return expr.NewSelect(s.CityName).OrderBy(n.Asc(), s.CityName.Desc())
		}, "Bonn", "Rome", "Oslo"),
	}
}
