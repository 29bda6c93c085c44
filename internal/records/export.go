package records

import (
	"context"
	"fmt"

	"habilis/internal/access"
)

// ExportPage is all records that a filter lets through, by label.
type ExportPage struct {
	*access.Standing
	Records []Record
}

// Export reads the records to take away: what the list shows, without its pages.
func (s *Service) Export(ctx context.Context, a access.Actor, f Filter) (*ExportPage, error) {
	match, args := matching(f.sound())
	page := &ExportPage{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedExport, func(r *access.Reading) {
		access.All(r, &page.Records, fmt.Sprintf(`
select p.id, p.reference, p.label, p.state, p.version from record p where true%s order by p.label collate "fr-x-icu", p.id`, match), args)
	})
	return page, err
}
