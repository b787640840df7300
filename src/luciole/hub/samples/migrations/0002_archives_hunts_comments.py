"""Files of archives, hunts that end, and comments among colleagues."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0001_initial"),
        ("samples", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="among_own",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="handin",
            name="bundle",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="hunt",
            name="spent",
            field=models.FloatField(default=0.0),
        ),
        migrations.AddField(
            model_name="upload",
            name="left_out",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="handin",
            index=models.Index(
                condition=models.Q(("bundle__isnull", False)), fields=["bundle"], name="hand_ins_of_an_archive"
            ),
        ),
    ]
