"""What the pages share: the home, the frame, addresses of views, the error boundary, the page canvas."""
