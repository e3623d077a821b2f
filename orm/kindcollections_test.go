package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// A sheet has blocks in an order, some of them with a table of their own, and one
// relationship to those of one kind.
type (
	Page struct {
		ID     int64
		Blocks orm.Many[Block]
		Images orm.WriteOnly[ImageBlock]
		Hints  orm.Many[Hint]
	}
	Block struct {
		ID     int64
		Kind   string
		Place  int
		PageID *int64
	}
	ImageBlock struct {
		Block
		Path  string
		Hints orm.Many[Hint]
	}
	Hint struct {
		ID    int64
		Of    string
		OfID  *int64
		Page  orm.One[Page]
		Image orm.One[ImageBlock]
	}
)

type (
	pageTable struct {
		orm.Table[Page]
		ID     schema.Int64
		Blocks orm.HasMany[Page, Block]
		Images orm.HasMany[Page, ImageBlock]
		Hints  orm.HasMany[Page, Hint]
	}
	blockCols[E any] struct {
		ID     schema.Int64
		Kind   schema.Text
		Place  schema.Int
		PageID schema.Int64
	}
	blockTable struct {
		orm.Table[Block]
		blockCols[Block]
	}
	imageBlockTable struct {
		orm.Table[ImageBlock]
		blockCols[ImageBlock]
		Path  schema.Text
		Hints orm.HasMany[ImageBlock, Hint]
	}
	hintTable struct {
		orm.Table[Hint]
		ID    schema.Int64
		Of    schema.Text
		OfID  schema.Int64
		Page  orm.BelongsTo[Hint, Page]
		Image orm.BelongsTo[Hint, ImageBlock]
	}
)

func (t *blockTable) Discriminator() orm.Discriminator { return orm.DiscriminatedBy(t.Kind, "plain") }

// pageModel is the hierarchy, with the table of the images placed as told.
type pageModel struct {
	base   *orm.Base
	pages  *pageTable
	blocks *blockTable
	images *imageBlockTable
	hints  *hintTable
}

func newPages(place orm.Placement) *pageModel {
	m := &pageModel{base: orm.NewBase()}
	m.pages = orm.Declare(m.base, "pages", pageTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Blocks: orm.HasMany[Page, Block]{}.Numbered("place", 0),
		Hints: orm.HasMany[Page, Hint]{}.Via("of_id").When("of", "page"),
	})
	m.blocks = orm.Declare(m.base, "blocks", blockTable{blockCols: blockCols[Block]{
		ID: schema.BigInteger(schema.PrimaryKey()), Kind: schema.String(20), PageID: schema.BigInteger(schema.ForeignKey("pages.id")),
	}})
	m.images = orm.Inherit(m.blocks, place, imageBlockTable{
		Path: schema.String(20), Hints: orm.HasMany[ImageBlock, Hint]{}.Via("of_id").When("of", "image"),
	})
	m.hints = orm.Declare(m.base, "hints", hintTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Of: schema.String(20),
		Page:  orm.BelongsTo[Hint, Page]{}.Via("of_id").When("of", "page"),
		Image: orm.BelongsTo[Hint, ImageBlock]{}.Via("of_id").When("of", "image"),
	})
	return m
}

// Collections of a hierarchy are kept in order, written without being loaded, and
// led to by a discriminator as others are.
func TestCollectionsOfDerivedEntities(t *testing.T) {
	for name, place := range map[string]orm.Placement{"one table": orm.SingleTable("image"), "joined": orm.JoinedTable("image_blocks", "image")} {
		m := newPages(place)
		t.Run(name, func(t *testing.T) {
			everywhere(t, m.base, func(t *testing.T, db *database) { m.scenario(t, db) })
		})
	}
}

func (m *pageModel) scenario(t *testing.T, db *database) {
	ctx := t.Context()
	s := session(t, db, orm.Models(m.base))
	p, image := &Page{}, &ImageBlock{Path: "i"}
	p.Blocks.Add(&Block{}, orm.Up[Block](image), &Block{})
	h := &Hint{}
	h.Image.Set(image)
	s.Add(h)
	s.Add(p)
	must(t, s.Commit(ctx))
	same(t, "hint", fmt.Sprint(h.Of, *h.OfID == image.ID), "imagetrue")
	p.Images.Add(&ImageBlock{Path: "j", Block: Block{Place: 3}})
	must(t, s.Flush(ctx))
	must(t, m.pages.Images.Insert(ctx, s, p, &ImageBlock{Path: "k", Block: Block{Place: 4}}))
	must(t, s.Commit(ctx))
	s = another(t, db, s)
	p, err := orm.Select(m.pages).With(m.pages.Blocks).One(ctx, s)
	must(t, err)
	blocks, err := p.Blocks.All()
	must(t, err)
	var got []string
	for _, b := range blocks {
		kind := b.Kind
		if i, ok := orm.As[ImageBlock](b); ok {
			kind += i.Path
		}
		got = append(got, fmt.Sprint(b.Place, kind))
	}
	same(t, "blocks", strings.Join(got, ", "), "0plain, 1imagei, 2plain, 3imagej, 4imagek")
	must(t, p.Blocks.Insert(0, blocks[3]))
	s.Delete(blocks[4])
	images, err := m.pages.Images.Select(p).OrderBy(m.images.Place.Asc()).With(m.images.Hints.With(m.hints.Image, m.hints.Page)).All(ctx, s)
	must(t, err)
	got = nil
	for _, i := range images {
		hints, err := i.Hints.All()
		must(t, err)
		got = append(got, fmt.Sprint(i.Place, i.Path, len(hints)))
	}
	same(t, "images", strings.Join(got, ", "), "0j0, 2i1")
	hints, err := orm.Select(m.hints).Where(m.hints.Image.Has(m.images.Path.Eq("i")), m.hints.Page.IsNone()).Count(ctx, s)
	must(t, err)
	same(t, "hints", hints, int64(1))
	must(t, s.Commit(ctx))
}
