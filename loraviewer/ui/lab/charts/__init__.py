"""What charts of the lab are made of: colours, scales, legends, and ways out as numbers."""
