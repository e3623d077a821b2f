package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Team struct {
	ID      int64
	Name    string
	Players orm.Many[Player]
	Captain orm.Many[Player]
	Last    orm.Many[Player]
}

type Player struct {
	ID     int64
	Name   string
	TeamID *int64
	Team   orm.One[Team]
}

type teamTable struct {
	orm.Table[Team]
	ID      schema.Int64
	Name    schema.Text
	Players orm.HasMany[Team, Player]
	Captain orm.HasMany[Team, Player]
	Last    orm.HasMany[Team, Player]
}

type playerTable struct {
	orm.Table[Player]
	ID     schema.Int64
	Name   schema.Text
	TeamID schema.Int64
	Team   orm.BelongsTo[Player, Team]
}

var (
	league = orm.NewBase()
	Teams  = orm.Declare(league, "teams", teamTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20),
		Players: orm.HasMany[Team, Player]{}.Joined(),
		Captain: orm.HasMany[Team, Player]{}.Limit(1),
		Last:    orm.HasMany[Team, Player]{}.Subquery(),
	})
	Players = orm.Declare(league, "players", playerTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20), TeamID: schema.BigInteger(schema.ForeignKey("teams.id")),
		Team: orm.BelongsTo[Player, Team]{}.InnerJoined(),
	})
)

func playerNames(t *testing.T, of *orm.Many[Player]) string {
	t.Helper()
	list, err := of.All()
	must(t, err)
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return strings.Join(out, " ")
}

func enlist(t *testing.T, s *orm.Session) *Team {
	t.Helper()
	red := &Team{Name: "red"}
	red.Players.Add(&Player{Name: "ann"}, &Player{Name: "bob"})
	s.Add(red)
	s.Add(&Team{Name: "blue"})
	s.Add(&Player{Name: "cyd"})
	must(t, s.Commit(t.Context()))
	return red
}

// A relationship says once how it is loaded where a query asks for it.
func TestStrategiesOfADeclaration(t *testing.T) {
	everywhere(t, league, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		enlist(t, s)
		for _, c := range []struct {
			what string
			with orm.Loader[Team]
			of   func(*Team) *orm.Many[Player]
			want string
			sent []string
		}{
			{"joined", Teams.Players, func(t *Team) *orm.Many[Player] { return &t.Players }, "ann bob", []string{"select teams"}},
			{"limited", Teams.Captain, func(t *Team) *orm.Many[Player] { return &t.Captain }, "ann", []string{"select teams", "SELECT"}},
			{"by a subquery", Teams.Last, func(t *Team) *orm.Many[Player] { return &t.Last }, "ann bob", []string{"select teams", "SELECT"}},
		} {
			s = another(t, db, s)
			teams, err := orm.Select(Teams).OrderBy(Teams.ID.Asc()).With(c.with).All(ctx, s)
			must(t, err)
			same(t, c.what, playerNames(t, c.of(teams[0]))+"|"+playerNames(t, c.of(teams[1])), c.want+"|")
			if sent := db.statements(); len(sent) != len(c.sent) {
				t.Errorf("%s: sent %v", c.what, sent)
			}
		}
		s = another(t, db, s)
		players, err := orm.Select(Players).OrderBy(Players.ID.Asc()).With(Players.Team).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select players")
		same(t, "in a team", len(players), 2)
	})
}

// Options of relationships that SQLAlchemy has, where they mean something here.
func TestOptionsOfRelationships(t *testing.T) {
	everywhere(t, league, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		red := enlist(t, s)
		s = another(t, db, s)
		// What is at the other end of a new entity is loaded by its foreign key.
		fresh := &Player{Name: "dan", TeamID: &red.ID}
		s.Add(fresh)
		must(t, s.WithoutAutoflush(func() error {
			return Players.Team.Joined().Load(ctx, s, fresh)
		}))
		team, err := fresh.Team.Get()
		must(t, err)
		db.wantSent(t, "select teams")
		if team == nil || team.Name != "red" {
			t.Fatalf("the team of a new player is %v", team)
		}
		// What it was before is known, and what it is now, without a read.
		must(t, s.Flush(ctx))
		db.forget()
		fresh.Team.Set(nil)
		must(t, s.Flush(ctx))
		fresh.TeamID = &red.ID
		changes, err := s.Changes(fresh)
		must(t, err)
		same(t, "changes", fmt.Sprint(len(changes), changes[0].Field, changes[0].Was.(*int64) == nil), "1TeamIDtrue")
		must(t, s.Flush(ctx))
		db.wantSent(t, "update players(team_id)", "update players(team_id)")
	})
}
